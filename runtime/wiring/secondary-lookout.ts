import type { Clock } from '../clock.ts';
import { chooseStream, inShort, isTransient, type CheckedStream } from '../core/index.ts';
import type { EventListener, WarningCode } from '../events.ts';
import { answerOf, type Answer, type Region, type StreamRef } from '../region.ts';
import type { Settings } from '../settings/index.ts';

/** How often the environment is read, and, less often, the compartment is listed (ms). */
const ENVIRONMENT_MS = 1_000;
const COMPARTMENT_MS = 10_000;
/** After the compartment refused to be listed, in ms: twice as long each time. */
const REFUSED_MS = { first: 5_000, longest: 60_000 } as const;

interface LookoutParts {
  readonly region: Pick<Region, 'name' | 'stream' | 'streamsNamed'>;
  readonly settings: Pick<Settings, 'compartmentId' | 'secondaryStreamName'>;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** What was written down at the start. */
  readonly named: StreamRef | undefined;
  /** What is written down now: the record, else the environment. */
  readonly readNamed: () => Promise<StreamRef | undefined>;
}

/**
 * For a consumer: where the secondary stream is, by whichever source names it first. No answer is final: a stream that is
 * refused, gone or not trusted is looked at again each time that `locate` is called.
 */
export class SecondaryLookout {
  readonly #parts: LookoutParts;
  #named: StreamRef | undefined;
  /** What was seen of the named stream last: where it cannot be used, the other sources are asked too. */
  #usable = true;
  readonly #closing = new AbortController();
  /** The latest warning about each thing: it is not repeated until it changes. */
  readonly #warned = new Map<WarningCode, string>();

  constructor(parts: LookoutParts) {
    this.#parts = parts;
    this.#named = parts.named;
  }

  /** The secondary as it is known now; undefined while no source names one. */
  async locate(signal: AbortSignal): Promise<Answer<StreamRef | undefined>> {
    const named = this.#named;
    if (named === undefined) return { ok: true, value: undefined };
    const answer = await this.#parts.region.stream(named.ocid, { signal });
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

  /** A source names the stream. True when that is news: it is to be located again. */
  learn(ref: StreamRef | undefined): boolean {
    if (ref === undefined) return false;
    if (ref.ocid === this.#named?.ocid && ref.endpoint === this.#named.endpoint) return false;
    this.#named = ref;
    this.#usable = true;
    return true;
  }

  close(): void {
    this.#closing.abort(new Error('the consumer is closed'));
  }

  /** Asks the other sources while there is no stream that can be used. Yields at each news; ends with `close`. */
  async *news(): AsyncGenerator<void, void, undefined> {
    const { clock } = this.#parts;
    const signal = this.#closing.signal;
    let compartmentAt = clock.now() + ENVIRONMENT_MS;
    let refusedMs: number = REFUSED_MS.first;
    for (;;) {
      await clock.sleep(ENVIRONMENT_MS, { signal }).catch(() => {});
      if (signal.aborted) return;
      if (this.#named !== undefined && this.#usable) continue;
      if (this.learn(await this.#writtenDown())) yield;
      if (clock.now() < compartmentAt) continue;
      const found = await this.#fromCompartment(signal);
      if (found.type === 'refused') {
        compartmentAt = clock.now() + refusedMs;
        refusedMs = Math.min(refusedMs * 2, REFUSED_MS.longest);
      } else {
        compartmentAt = clock.now() + COMPARTMENT_MS;
        refusedMs = REFUSED_MS.first;
        if (found.type === 'stream' && this.learn(found.stream)) yield;
      }
    }
  }

  /** What cannot be read says nothing: the record has its own warnings. */
  async #writtenDown(): Promise<StreamRef | undefined> {
    try {
      return await this.#parts.readNamed();
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
    const { settings, region } = this.#parts;
    const { compartmentId, secondaryStreamName: name } = settings;
    if (compartmentId === undefined) return { type: 'nothing' };
    const listed = await answerOf(() => region.streamsNamed({ compartmentId, name }, { signal }), signal);
    if (!listed.ok) {
      if (isTransient(listed.failure)) return { type: 'nothing' };
      const remedy = 'permit `inspect streams` there, or write the stream down in stream.properties';
      const message = `The secondary stream is not known, and the compartment cannot be listed (${inShort(listed.failure)}): ${remedy}.`;
      if (this.#named === undefined) this.#warn('secondary-not-listed', message);
      return { type: 'refused' };
    }
    this.#warned.delete('secondary-not-listed');
    const choice = chooseStream(listed.value, undefined);
    if (choice.type !== 'adopt') return { type: 'nothing' };
    const stream = this.#trusted(choice.stream.ocid, choice.stream.address);
    return stream === undefined ? { type: 'nothing' } : { type: 'stream', stream };
  }

  /** The address, if it may be used; else a warning, once for each change. */
  #trusted(ocid: string, address: CheckedStream): StreamRef | undefined {
    if (address.trusted) {
      this.#warned.delete('secondary-not-trusted');
      return address.stream;
    }
    const message = `The secondary stream ${ocid}: its ${address.about}, as the control plane tells it, ${address.problem}; it is not used.`;
    this.#warn('secondary-not-trusted', message);
    return undefined;
  }

  #warn(code: 'secondary-not-listed' | 'secondary-not-trusted', message: string): void {
    if (this.#warned.get(code) === message) return;
    this.#warned.set(code, message);
    this.#parts.emit({ type: 'warning', code, region: this.#parts.region.name, message });
  }
}
