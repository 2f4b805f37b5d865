import type { OpenedConsumer } from '../consumer/index.ts';
import { chooseStream, inShort, isTransient, recordedRole, type CheckedStream } from '../core/index.ts';
import { readRecordedState, watchRecord, type RecordWatch } from '../record/index.ts';
import type { Answer, StreamRef } from '../region.ts';
import type { Connection } from './connect.ts';

/** How often the environment is read, and, less often, the compartment is listed (ms). */
const ENVIRONMENT_MS = 1_000;
const COMPARTMENT_MS = 10_000;
/** After the compartment refused to be listed, in ms: twice as long each time. */
const REFUSED_MS = { first: 5_000, longest: 60_000 } as const;

/**
 * For a consumer: where the secondary stream is, by whichever source names it first, and which region is active. No answer
 * is final: a stream that is refused, gone or not trusted is looked at again each time that `locate` is called.
 */
export class SecondaryLookout {
  readonly #connection: Connection;
  #named: StreamRef | undefined;
  /** What was seen of the named stream last: where it cannot be used, the other sources are asked too. */
  #usable = true;
  #watch: RecordWatch | undefined;
  readonly #closing = new AbortController();
  /** The latest warning about each thing: it is not repeated until it changes. */
  readonly #warned = new Map<string, string>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#named = connection.recorded.secondary;
  }

  /** Keeps `consumer` up to date until `close`. */
  keepUpToDate(consumer: OpenedConsumer): void {
    const { settings, clock, emit, recorded } = this.#connection;
    this.#watch = watchRecord({
      file: settings.recordFile,
      settings,
      known: recorded.record,
      clock,
      emit,
      onChange: ({ secondary, activeRegion }) => {
        this.#learn(secondary, consumer);
        const active = recordedRole({ secondary, activeRegion }, settings.primaryRegion);
        consumer.setActive(active ?? 'primary', `${settings.recordFile} says so`);
      },
    });
    void this.#lookAround(consumer);
  }

  /** The secondary as it is known now; undefined while no source names one. */
  async locate(signal: AbortSignal): Promise<Answer<StreamRef | undefined>> {
    const named = this.#named;
    if (named === undefined) return { ok: true, value: undefined };
    const answer = await this.#connection.secondary.stream(named.ocid, { signal });
    if (!answer.ok) {
      // The control plane cannot be asked: what is written down is believed.
      this.#usable = isTransient(answer.failure);
      return this.#usable ? { ok: true, value: named } : answer;
    }
    const { state, address } = answer.value;
    this.#usable = state !== 'DELETING' && state !== 'DELETED' && state !== 'FAILED';
    if (!this.#usable) {
      const detail = `the secondary stream ${named.ocid} is ${state}`;
      return { ok: false, failure: { type: 'misconfigured', detail } };
    }
    // Whoever wrote the stream down named an endpoint that is trusted: it is used where this one is not.
    return { ok: true, value: this.#trusted(named.ocid, address) ?? named };
  }

  close(): void {
    this.#closing.abort(new Error('the consumer is closed'));
    this.#watch?.close();
  }

  #learn(ref: StreamRef | undefined, consumer: OpenedConsumer): void {
    if (ref === undefined) return;
    if (ref.ocid === this.#named?.ocid && ref.endpoint === this.#named.endpoint) return;
    this.#named = ref;
    this.#usable = true;
    consumer.relocate('secondary');
  }

  /** Ends when this is closed; never rejects. */
  async #lookAround(consumer: OpenedConsumer): Promise<void> {
    const { clock } = this.#connection;
    const signal = this.#closing.signal;
    let compartmentAt = clock.now() + ENVIRONMENT_MS;
    let refusedMs: number = REFUSED_MS.first;
    for (;;) {
      await clock.sleep(ENVIRONMENT_MS, { signal }).catch(() => {});
      if (signal.aborted) return;
      if (this.#named !== undefined && this.#usable) continue;
      this.#learn(await this.#fromEnvironment(), consumer);
      if (clock.now() < compartmentAt) continue;
      const found = await this.#fromCompartment(signal);
      if (found.type === 'refused') {
        compartmentAt = clock.now() + refusedMs;
        refusedMs = Math.min(refusedMs * 2, REFUSED_MS.longest);
      } else {
        compartmentAt = clock.now() + COMPARTMENT_MS;
        refusedMs = REFUSED_MS.first;
        if (found.type === 'stream') this.#learn(found.stream, consumer);
      }
    }
  }

  /** What cannot be read says nothing: the record has its own warnings. */
  async #fromEnvironment(): Promise<StreamRef | undefined> {
    const { settings, environment } = this.#connection;
    try {
      const found = await readRecordedState({
        file: settings.recordFile,
        environment,
        settings,
        emit: () => {},
      });
      return found.secondary;
    } catch {
      return undefined;
    }
  }

  /** A producer on another machine may have created it. Not every consumer may list streams: then nothing is found. */
  async #fromCompartment(
    signal: AbortSignal,
  ): Promise<
    | { readonly type: 'stream'; readonly stream: StreamRef }
    | { readonly type: 'nothing' }
    | { readonly type: 'refused' }
  > {
    const { settings, secondary } = this.#connection;
    const { compartmentId, secondaryStreamName: name } = settings;
    if (compartmentId === undefined) return { type: 'nothing' };
    const listed = await secondary.streamsNamed({ compartmentId, name }, { signal });
    if (!listed.ok) {
      if (isTransient(listed.failure)) return { type: 'nothing' };
      this.#warn('list', `The streams of the compartment cannot be listed: ${inShort(listed.failure)}.`);
      return { type: 'refused' };
    }
    this.#warned.delete('list');
    const choice = chooseStream(listed.value, undefined);
    if (choice.type !== 'adopt') return { type: 'nothing' };
    const stream = this.#trusted(choice.stream.ocid, choice.stream.address);
    return stream === undefined ? { type: 'nothing' } : { type: 'stream', stream };
  }

  /** The address, if it may be used; else a warning, once for each change. */
  #trusted(ocid: string, address: CheckedStream): StreamRef | undefined {
    if (address.trusted) {
      this.#warned.delete('address');
      return address.stream;
    }
    const message = `${ocid}: its ${address.about}, as the control plane tells it, ${address.problem}; it is not used.`;
    this.#warn('address', message);
    return undefined;
  }

  #warn(about: 'address' | 'list', message: string): void {
    if (this.#warned.get(about) === message) return;
    this.#warned.set(about, message);
    this.#connection.emit({ type: 'warning', about: 'secondary stream', message });
  }
}
