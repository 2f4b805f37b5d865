import type { Whereabouts } from '../manager/index.ts';
import { exportEnv, keepRecord } from '../record/index.ts';
import type { Connection } from './connect.ts';

/** After a switch: stream.properties, then the environment of other programs. A failure is an event. */
export function writtenWhereabouts({ settings, clock, emit }: Connection): Whereabouts {
  const file = settings.recordFile;
  const keeper = keepRecord({ file, clock, emit });
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
      return keeper.settled();
    },
    async close() {
      await Promise.all([keeper.close(), exporting]);
    },
  };
}
