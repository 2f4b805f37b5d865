import { resolve } from 'node:path';

import type { Whereabouts } from '../manager/index.ts';
import { exportEnv, keepRecord } from '../record/index.ts';
import { StackRefresh } from '../stack/index.ts';
import type { Connection } from './connect.ts';

/** After a switch: stream.properties, the environment of other programs, the stack outputs. A failure is an event. */
export function writtenWhereabouts(connection: Connection): Whereabouts {
  const { settings, clock, emit } = connection;
  const file = settings.recordFile;
  const keeper = keepRecord({ file, clock, emit });
  const refresh = settings.stackRefresh ? stackRefresh(connection) : undefined;
  let exporting = Promise.resolve();
  return {
    arrived(active, secondary) {
      const activeSince = new Date(clock.wall()).toISOString();
      keeper.keep({ secondary, activeRegion: active.region, activeSince });
      if (secondary !== undefined && active.role === 'secondary') {
        const { ocid, endpoint } = secondary;
        exporting = exporting
          .then(() => exportEnv(ocid, endpoint, { file, mode: settings.exportEnvironment, emit }))
          .catch((error: unknown) => emit({ type: 'warning', about: 'environment', message: String(error) }));
      }
      // The stack reads the record: not before it is on disk.
      const written = keeper.settled();
      void written.then(() => refresh?.start());
      return written;
    },
    async close() {
      await Promise.all([keeper.close(), exporting]);
      await refresh?.close(settings.closeTimeoutMs);
    },
  };
}

/** The program of the stack looks for the record where this process writes it. */
function stackRefresh({ settings, directory, environment, clock, emit }: Connection): StackRefresh {
  const record = { STREAM_PROPERTIES: resolve(directory, settings.recordFile) };
  return new StackRefresh({ directory, environment: { ...environment, ...record }, clock, emit });
}
