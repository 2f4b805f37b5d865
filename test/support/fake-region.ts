import type { Clock } from '../../runtime/clock.ts';
import type { CallFailure } from '../../runtime/core/index.ts';
import type {
  Answer,
  CallOptions,
  EncodedMessage,
  NewStream,
  PutResult,
  Region,
  StreamRef,
  StreamState,
} from '../../runtime/region.ts';
import { streamRef } from './stream-ref.ts';

export interface StoredFake {
  /** OCID of the stream. */
  readonly stream: string;
  readonly key: string | null;
  readonly value: string;
  readonly partition: string;
  readonly offset: number;
}

/**
 * What a put does: answer as a healthy region would (undefined), fail, store and then lose the answer, give these entries, or
 * decide for each message: a status refuses it, 'unnamed' stores it and leaves it out of the answer.
 */
export type PutBehaviour = (call: {
  readonly messages: readonly EncodedMessage[];
  readonly number: number;
  readonly stream: StreamRef;
}) =>
  | CallFailure
  | { readonly storedThen: CallFailure }
  | { readonly entries: PutResult[] }
  | { readonly each: (message: EncodedMessage, index: number) => number | 'unnamed' | undefined }
  | undefined;

/** A region in memory for tests of decisions: stores what it takes, and misbehaves as told. Latency is the clock's. */
export class FakeRegion implements Region {
  readonly name: string;
  readonly stored: StoredFake[] = [];
  readonly streams: StreamState[] = [];
  /** Of PutMessages that held messages; probes (puts of nothing) are counted apart. */
  puts = 0;
  probes = 0;
  readonly putTimes: number[] = [];
  readonly probeTimes: number[] = [];
  latencyMs = 5;
  putBehaviour: PutBehaviour = () => undefined;
  adminBehaviour: (operation: string, number: number) => CallFailure | undefined = () => undefined;
  /** A new stream is ACTIVE this long after its creation. */
  createDelayMs = 0;
  partitions = 1;
  readonly adminCalls: string[] = [];
  readonly #clock: Clock;
  #offset = 0;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  get values(): string[] {
    return this.stored.map((message) => Buffer.from(message.value, 'base64').toString());
  }

  fail(failure: CallFailure): void {
    this.putBehaviour = () => failure;
  }

  heal(): void {
    this.putBehaviour = () => undefined;
  }

  addStream(ocid: string, over: Partial<StreamState> = {}): StreamRef {
    const stream: StreamState = {
      region: this.name,
      ocid,
      address: { trusted: true, stream: streamRef(this.name, ocid) },
      name: 'OCI-SECONDARY-STREAM',
      state: 'ACTIVE',
      partitions: 1,
      retentionInHours: 24,
      compartmentId: 'ocid1.compartment.oc1..x',
      streamPoolId: 'ocid1.streampool.oc1..x',
      tags: {},
      ...over,
    };
    this.streams.push(stream);
    return streamRef(this.name, ocid);
  }

  /** By key; one partition unless told otherwise. */
  partitionOf: (key: string | null) => string = () => '0';

  async put(
    stream: StreamRef,
    messages: readonly EncodedMessage[],
    options: CallOptions,
  ): Promise<Answer<PutResult[]>> {
    if (messages.length === 0) {
      this.probes++;
      this.probeTimes.push(this.#clock.now());
    } else {
      this.puts++;
      this.putTimes.push(this.#clock.now());
    }
    const does = this.putBehaviour({ messages, number: this.puts, stream });
    const isLost = does !== undefined && 'storedThen' in does;
    if (isLost) for (const message of messages) this.#store(stream, message);
    const failure = isLost ? does.storedThen : does !== undefined && 'type' in does ? does : undefined;
    const ended = await this.#pause(
      failure?.type === 'timeout' ? failure.afterMs : (this.failAfterMs(failure) ?? this.latencyMs),
      options,
    );
    if (ended !== undefined) return ended;
    if (failure !== undefined) return { ok: false, failure };
    if (does !== undefined && 'entries' in does) {
      does.entries.forEach((entry, index) => {
        const message = messages[index];
        if (entry.type === 'stored' && message !== undefined) this.#store(stream, message);
      });
      return { ok: true, value: does.entries };
    }
    const each = does !== undefined && 'each' in does ? does.each : () => undefined;
    const results = messages.map((message, index): PutResult => {
      const told = each(message, index);
      if (typeof told === 'number') {
        return { type: 'refused', status: told, error: String(told), message: 'as told' };
      }
      const stored = this.#store(stream, message);
      return told === 'unnamed' ? { type: 'unnamed' } : stored;
    });
    return { ok: true, value: results };
  }

  /** How long a put that fails takes; undefined: as long as one that does not. */
  failAfterMs: (failure: CallFailure | undefined) => number | undefined = () => undefined;

  #store(stream: StreamRef, message: EncodedMessage): PutResult {
    const place = { partition: this.partitionOf(message.key), offset: this.#offset++ };
    this.stored.push({ stream: stream.ocid, key: message.key, value: message.value, ...place });
    return { type: 'stored', ...place, timestamp: new Date(this.#clock.wall()).toISOString() };
  }

  async stream(ocid: string, options: CallOptions = {}): Promise<Answer<StreamState>> {
    const failed = await this.#admin('GetStream', options);
    if (failed !== undefined) return failed;
    const found = this.streams.find((stream) => stream.ocid === ocid);
    return found === undefined ? refusal(404, 'NotAuthorizedOrNotFound') : { ok: true, value: found };
  }

  async streamsNamed(where: { name: string }, options: CallOptions = {}): Promise<Answer<StreamState[]>> {
    const failed = await this.#admin('ListStreams', options);
    if (failed !== undefined) return failed;
    return { ok: true, value: this.streams.filter((stream) => stream.name === where.name) };
  }

  async createStream(wanted: NewStream, options: CallOptions = {}): Promise<Answer<StreamState>> {
    const number = this.adminCalls.filter((call) => call === 'CreateStream').length + 1;
    this.adminCalls.push('CreateStream');
    const ended = await this.#pause(this.latencyMs, options);
    if (ended !== undefined) return ended;
    const failure = this.adminBehaviour('CreateStream', number);
    const lost = failure?.type === 'reset';
    if (failure !== undefined && !lost) return { ok: false, failure };
    if (this.streams.some((stream) => stream.name === wanted.name && /ACTIVE|CREATING/.test(stream.state))) {
      return refusal(409, 'NotAuthorizedOrResourceAlreadyExists');
    }
    const ocid = `ocid1.stream.oc1.${this.name}.made${this.streams.length}`;
    const state = this.createDelayMs === 0 ? 'ACTIVE' : 'CREATING';
    this.addStream(ocid, { ...wanted, state });
    const made = this.streams.at(-1);
    if (made === undefined) throw new Error('a stream that was just made is there');
    if (state === 'CREATING') {
      this.#clock.after(this.createDelayMs, () => {
        this.streams[this.streams.indexOf(made)] = { ...made, state: 'ACTIVE' };
      });
    }
    return lost ? { ok: false, failure } : { ok: true, value: made };
  }

  async workRequestStatus(
    _: { compartmentId: string; ocid: string },
    options: CallOptions = {},
  ): Promise<Answer<string | undefined>> {
    return (await this.#admin('ListWorkRequests', options)) ?? { ok: true, value: this.workRequest };
  }

  workRequest: string | undefined = 'IN_PROGRESS';

  readonly groupCursor = onlyWritten;
  readonly read = onlyWritten;
  readonly commit = onlyWritten;
  readonly heartbeat = onlyWritten;
  readonly group = onlyWritten;
  readonly partitionCursor = onlyWritten;
  readonly resetGroup = onlyWritten;

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #admin(operation: string, options: CallOptions): Promise<Answer<never> | undefined> {
    this.adminCalls.push(operation);
    const failure = this.adminBehaviour(
      operation,
      this.adminCalls.filter((call) => call === operation).length,
    );
    const ended = await this.#pause(failure?.type === 'timeout' ? failure.afterMs : this.latencyMs, options);
    if (ended !== undefined) return ended;
    return failure === undefined ? undefined : { ok: false, failure };
  }

  async #pause(ms: number, { signal, timeoutMs }: CallOptions): Promise<Answer<never> | undefined> {
    try {
      await this.#clock.sleep(Math.min(ms, timeoutMs ?? ms), { signal });
      return undefined;
    } catch {
      return { ok: false, failure: { type: 'aborted', written: true } };
    }
  }
}

function onlyWritten(): Promise<never> {
  return Promise.reject(new Error('this fake is only written to'));
}

function refusal(code: number, name: string): Answer<never> {
  return { ok: false, failure: status(code, { code: name }) };
}

export const status = (
  code: number,
  more: Partial<Extract<CallFailure, { type: 'status' }>> = {},
): CallFailure => ({
  type: 'status',
  status: code,
  code: 'AsTold',
  message: 'as told',
  ...more,
});

export const refusedConnection: CallFailure = {
  type: 'unreachable',
  reason: 'refused',
  detail: 'ECONNREFUSED',
};
export const hang: CallFailure = { type: 'timeout', afterMs: 2_000 };
