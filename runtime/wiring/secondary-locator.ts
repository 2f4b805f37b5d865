import type { Clock } from '../clock.ts';
import { chooseStream, inShort, isTransient, type CheckedStream } from '../core/index.ts';
import type { EventListener, WarningCode } from '../events.ts';
import { answerOf, type Answer, type Region, type StreamRef } from '../region.ts';
import type { Settings } from '../settings/index.ts';

/** Intervals at which the environment is read and the compartment is listed, in ms. */
const ENVIRONMENT_MS = 1_000;
const COMPARTMENT_MS = 10_000;
/** The interval after a refused listing, in ms. It doubles with each refusal. */
const REFUSED_MS = { first: 5_000, longest: 60_000 } as const;

interface LocatorParts {
  readonly region: Pick<Region, 'name' | 'stream' | 'streamsNamed'>;
  readonly settings: Pick<Settings, 'compartmentId' | 'secondaryStreamName'>;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** The stream that the record or the environment named at the start. */
  readonly named: StreamRef | undefined;
  /** The stream that the record, else the environment, names now. */
  readonly readNamed: () => Promise<StreamRef | undefined>;
}

/**
 * Finds the secondary stream for a consumer: in the record, the environment or the compartment. No result is final: each call
 * of `locate` checks a stream again that was refused, gone or not trusted.
 */
export class SecondaryLocator {
  readonly #parts: LocatorParts;
  #named: StreamRef | undefined;
  /** Whether the named stream could be used at the last check. If not, the other sources are asked too. */
  #usable = true;
  readonly #closing = new AbortController();
  /** The latest warning of each code: it is not repeated until it changes. */
  readonly #warned = new Map<WarningCode, string>();

  constructor(parts: LocatorParts) {
    this.#parts = parts;
    this.#named = parts.named;
  }

  /** The secondary stream; undefined while no source names one. */
  async locate(signal: AbortSignal): Promise<Answer<StreamRef | undefined>> {
    const named = this.#named;
    if (named === undefined) return { ok: true, value: undefined };
    const answer = await this.#parts.region.stream(named.ocid, { signal });
    if (!answer.ok) {
      // The control plane does not answer: the named stream is used without a check.
      const passes = isTransient(answer.failure);
      this.#checked(named, passes);
      return passes ? { ok: true, value: named } : answer;
    }
    const { state, address } = answer.value;
    const isThere = state !== 'DELETING' && state !== 'DELETED' && state !== 'FAILED';
    this.#checked(named, isThere);
    if (!isThere) {
      const detail = `the secondary stream ${named.ocid} is ${state}`;
      return { ok: false, failure: { type: 'misconfigured', detail } };
    }
    // The endpoint that was named is trusted already: it is used where the control plane's is not.
    return { ok: true, value: this.#trusted(named.ocid, address) ?? named };
  }

  /** Takes the stream that a source names. True when it is another one than before, so that it must be located again. */
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

  /** Asks the sources again while there is no usable stream. Yields at each change; ends with `close`. */
  async *changes(): AsyncGenerator<void, void, undefined> {
    const { clock } = this.#parts;
    const signal = this.#closing.signal;
    let compartmentAt = clock.now() + ENVIRONMENT_MS;
    let refusedMs: number = REFUSED_MS.first;
    for (;;) {
      await clock.sleep(ENVIRONMENT_MS, { signal }).catch(() => {});
      if (signal.aborted) return;
      if (!this.#isWanted) continue;
      if (this.#learnIfWanted(await this.#namedNow())) yield;
      if (!this.#isWanted || clock.now() < compartmentAt) continue;
      const found = await this.#fromCompartment(signal);
      if (found.type === 'refused') {
        compartmentAt = clock.now() + refusedMs;
        refusedMs = Math.min(refusedMs * 2, REFUSED_MS.longest);
      } else {
        compartmentAt = clock.now() + COMPARTMENT_MS;
        refusedMs = REFUSED_MS.first;
        if (found.type === 'stream' && this.#learnIfWanted(found.stream)) yield;
      }
    }
  }

  /** There is no usable stream, as far as is known. */
  get #isWanted(): boolean {
    return this.#named === undefined || !this.#usable;
  }

  /** A source that was asked may answer after `learn` was told of another stream: its answer is older. */
  #learnIfWanted(ref: StreamRef | undefined): boolean {
    return this.#isWanted && this.learn(ref);
  }

  /** Says nothing of a stream that was named during the check. */
  #checked(named: StreamRef, isUsable: boolean): void {
    if (named === this.#named) this.#usable = isUsable;
  }

  /** Undefined when the record cannot be read: that has its own warnings. */
  async #namedNow(): Promise<StreamRef | undefined> {
    try {
      return await this.#parts.readNamed();
    } catch {
      return undefined;
    }
  }

  /** A producer on another machine may have created the stream. Not every consumer may list streams. */
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

  /** The address if it is trusted; else undefined and a warning, once for each change. */
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
