import { resolve } from 'node:path';

import { recordedRole, type RecordedRouting } from '../core/index.ts';
import { thrownInWords } from '../errors.ts';
import {
  exportEnv,
  keepRecord,
  watchRecord,
  type RecordedPrimary,
  type StreamRecord,
} from '../record/index.ts';
import type { ActiveRegionSink } from '../router/index.ts';
import { StackRefresh } from '../stack/index.ts';
import type { Connection } from './connect.ts';

/** For so long after a write, in ms, the watch may report the record that this process itself wrote. */
const OWN_WRITE_MS = 15_000;

/**
 * Writes a switch to stream.properties, to the state beside it, to the environment of other programs and to the stack
 * outputs. A failure is an event. Calls `onChange` when another process changes the record, until `close`.
 */
export class RecordingSink implements ActiveRegionSink {
  readonly #connection: Connection;
  readonly #keeper;
  readonly #refresh: StackRefresh | undefined;
  /** When each was written; Infinity: it is being written. */
  readonly #ownWrites = new Map<string, number>();
  /** As it was written last. */
  #hold: string | undefined;
  #exporting = Promise.resolve();
  #watch: { close(): void } | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#hold = connection.recorded.hold;
    const { settings, clock, emit, directory, environment } = connection;
    this.#keeper = keepRecord({ file: settings.recordFile, clock, emit });
    // The stack's program must read the record that this process writes.
    const record = { STREAM_PROPERTIES: resolve(directory, settings.recordFile) };
    this.#refresh = settings.stackRefresh
      ? new StackRefresh({
          directory,
          environment: { ...environment, ...record },
          endpoints: settings.endpoints,
          clock,
          emit,
        })
      : undefined;
  }

  /** Begins to watch the record for changes by others. */
  watch(onChange: (record: RecordedRouting) => void): void {
    const { settings, clock, emit, recorded } = this.#connection;
    this.#watch = watchRecord({
      file: settings.recordFile,
      settings,
      known: recorded.record,
      clock,
      // The switch that follows has an event of its own.
      emit: (event) => {
        if (event.type !== 'record-changed') emit(event);
      },
      onChange: (record) => {
        const active = recordedRole(record, settings.primaryRegion);
        // A record that names no region asks for no switch.
        if (active !== undefined && !this.#isOwn(record)) onChange({ active, secondary: record.secondary });
      },
    });
  }

  async write({ active, secondary }: RecordedRouting, region: string): Promise<void> {
    const { settings, clock, emit } = this.#connection;
    const file = settings.recordFile;
    const record = { secondary, activeRegion: region, activeSince: new Date(clock.wall()).toISOString() };
    this.#ownWrites.set(identity(record), Infinity);
    this.#keeper.keep(record);
    if (secondary !== undefined && active === 'secondary') {
      const { ocid, endpoint } = secondary;
      this.#exporting = this.#exporting
        .then(() => exportEnv(ocid, endpoint, { file, mode: settings.exportEnvironment, listener: emit }))
        .catch((error: unknown) => {
          const message = `The secondary is not exported to the environment: ${thrownInWords(error)}`;
          emit({ type: 'warning', code: 'environment-not-exported', message });
        });
    }
    await this.#keeper.settled();
    this.#ownWrites.set(identity(record), clock.now());
    // The stack reads the record, so it must be on disk first.
    this.#refresh?.start();
  }

  remember({ lastFailbackAt, reason, hold }: Parameters<ActiveRegionSink['remember']>[0]): void {
    const { clock } = this.#connection;
    const holdText = hold && `${hold.by}: ${hold.why}`;
    // Processes share the state file: each writes only what it changed.
    const isHoldNew = holdText !== this.#hold;
    this.#hold = holdText;
    this.#keeper.keepState({
      ...(lastFailbackAt === undefined
        ? {}
        : { lastFailbackAt: Math.round(clock.wall() - (clock.now() - lastFailbackAt)) }),
      ...(reason === '' ? {} : { switchReason: reason }),
      ...(isHoldNew ? { hold: holdText } : {}),
    });
  }

  /** A start during an outage then needs no control plane. */
  rememberPrimary(primary: RecordedPrimary): void {
    this.#keeper.keepState({ primary });
  }

  async close(): Promise<void> {
    this.#watch?.close();
    await Promise.all([this.#keeper.close(), this.#exporting]);
    await this.#refresh?.close(this.#connection.settings.closeTimeoutMs);
  }

  #isOwn(record: StreamRecord): boolean {
    const now = this.#connection.clock.now();
    for (const [own, at] of this.#ownWrites) if (now - at > OWN_WRITE_MS) this.#ownWrites.delete(own);
    return this.#ownWrites.has(identity(record));
  }
}

function identity({ secondary, activeRegion, activeSince }: StreamRecord): string {
  return [secondary?.ocid, secondary?.endpoint, activeRegion, activeSince].join(' ');
}
