import type { ConsumedStream, StreamConsumer } from '../consumer/index.ts';
import { chooseStream } from '../core/index.ts';
import { HaError } from '../errors.ts';
import { readWhereabouts, watchRecord, type RecordWatch } from '../record/index.ts';
import type { StreamRef } from '../region.ts';
import { stillThere } from '../streams/index.ts';
import type { Connection } from './connect.ts';

/** How often the environment is looked at, and, less often, the compartment (ms). */
const ENVIRONMENT_MS = 1_000;
const COMPARTMENT_MS = 10_000;

/** For a consumer: where the secondary is, from whoever knows it first, and which region is active. */
export class SecondaryLookout {
  readonly #connection: Connection;
  #named: StreamRef | undefined;
  #watch: RecordWatch | undefined;
  readonly #closing = new AbortController();
  readonly #gone = new Set<string>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#named = connection.whereabouts.secondary;
  }

  /** Keeps `consumer` up to date until `close`. */
  tell(consumer: StreamConsumer): void {
    const { settings, clock, emit, whereabouts } = this.#connection;
    this.#watch = watchRecord({
      file: settings.recordFile,
      settings,
      known: whereabouts.record,
      clock,
      emit,
      onChange: (record) => {
        this.#learn(record.secondary, consumer);
        const active =
          record.secondary === undefined || record.activeRegion === settings.primaryRegion
            ? 'primary'
            : 'secondary';
        consumer.activeChanged(active, `${settings.recordFile} says so`);
      },
    });
    void this.#lookAround(consumer).catch((error: unknown) => {
      if (!this.#closing.signal.aborted) throw error;
    });
  }

  /** The secondary as it is known now; undefined while nobody names one. A stream that is gone is passed over once told. */
  async locate(signal: AbortSignal): Promise<ConsumedStream | undefined> {
    const ref = this.#named;
    if (ref === undefined || this.#gone.has(ref.ocid)) return undefined;
    const { secondary, emit } = this.#connection;
    const presence = await stillThere(secondary, ref, signal);
    if (presence.is === 'there') return presence.stream;
    if (presence.is === 'unknown') return { ...ref, partitions: 1 };
    this.#gone.add(ref.ocid);
    emit({
      type: 'warning',
      about: 'secondary stream',
      message: `${ref.ocid} is gone (${presence.because}); it is not read.`,
    });
    return undefined;
  }

  close(): void {
    this.#closing.abort(new Error('the consumer is closed'));
    this.#watch?.close();
  }

  #learn(ref: StreamRef | undefined, consumer: StreamConsumer): void {
    if (ref === undefined || ref.ocid === this.#named?.ocid) return;
    this.#named = ref;
    consumer.locationChanged('secondary');
  }

  async #lookAround(consumer: StreamConsumer): Promise<void> {
    const { clock } = this.#connection;
    const signal = this.#closing.signal;
    for (let elapsed = 0; ; elapsed += ENVIRONMENT_MS) {
      await clock.sleep(ENVIRONMENT_MS, { signal });
      if (this.#named !== undefined && !this.#gone.has(this.#named.ocid)) continue;
      this.#learn(await this.#fromEnvironment(), consumer);
      if (elapsed % COMPARTMENT_MS === 0) this.#learn(await this.#fromCompartment(signal), consumer);
    }
  }

  async #fromEnvironment(): Promise<StreamRef | undefined> {
    const { settings, environment } = this.#connection;
    try {
      const found = await readWhereabouts({
        file: settings.recordFile,
        environment,
        settings,
        emit: () => {},
      });
      return found.secondary;
    } catch (error) {
      if (error instanceof HaError) return undefined;
      throw error;
    }
  }

  /** A producer on another machine may have made it. Not every consumer may list streams: then nothing is found. */
  async #fromCompartment(signal: AbortSignal): Promise<StreamRef | undefined> {
    const { settings, secondary } = this.#connection;
    const { compartmentId, secondaryStreamName: name } = settings;
    if (compartmentId === undefined) return undefined;
    try {
      const choice = chooseStream(
        await secondary.streamsNamed({ compartmentId, name }, { signal }),
        undefined,
      );
      return choice.do === 'adopt' ? choice.stream : undefined;
    } catch (error) {
      if (error instanceof HaError) return undefined;
      throw error;
    }
  }
}
