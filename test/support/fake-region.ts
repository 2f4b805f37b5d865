import type { Clock } from '../../runtime/clock.ts';
import type { CallFailure } from '../../runtime/core/index.ts';
import { CallError } from '../../runtime/errors.ts';
import type {
  CallOptions,
  EncodedMessage,
  NewStream,
  PutEntry,
  Region,
  StreamRef,
  StreamState,
} from '../../runtime/region.ts';

export interface StoredFake {
  readonly key: string | null;
  readonly value: string;
  readonly partition: string;
  readonly offset: number;
}

/** What a put does: answer as a well region would (undefined), fail, or give these entries. */
export type PutBehaviour = (call: {
  readonly messages: readonly EncodedMessage[];
  readonly number: number;
}) => CallFailure | { readonly entries: PutEntry[] } | undefined;

/** A region in memory for tests of decisions: stores what it takes, and misbehaves as told. Latency is the clock's. */
export class FakeRegion implements Region {
  readonly name: string;
  readonly stored: StoredFake[] = [];
  readonly streams: StreamState[] = [];
  /** Of PutMessages that held messages; probes (puts of nothing) are counted apart. */
  puts = 0;
  probes = 0;
  readonly putTimes: number[] = [];
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

  addStream(ocid: string, over: Partial<StreamState> = {}): StreamState {
    const stream: StreamState = {
      region: this.name,
      ocid,
      endpoint: `https://cell-1.streaming.${this.name}.oci.oraclecloud.com`,
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
    return stream;
  }

  async put(
    _stream: StreamRef,
    messages: readonly EncodedMessage[],
    options: CallOptions,
  ): Promise<PutEntry[]> {
    if (messages.length === 0) this.probes++;
    else {
      this.puts++;
      this.putTimes.push(this.#clock.now());
    }
    const does = this.putBehaviour({ messages, number: this.puts });
    const failure = does !== undefined && 'came' in does ? does : undefined;
    await this.#pause(failure?.came === 'timeout' ? failure.afterMs : this.latencyMs, options);
    if (failure !== undefined) throw new CallError({ region: this.name, operation: 'PutMessages' }, failure);
    if (does !== undefined && 'entries' in does) {
      does.entries.forEach((entry, index) => {
        const message = messages[index];
        if ('stored' in entry && message !== undefined) this.#store(message);
      });
      return does.entries;
    }
    return messages.map((message) => ({ stored: this.#store(message) }));
  }

  #store(message: EncodedMessage): { partition: string; offset: number; timestamp: string } {
    const place = { partition: '0', offset: this.#offset++ };
    this.stored.push({ key: message.key, value: message.value, ...place });
    return { ...place, timestamp: new Date(this.#clock.wall()).toISOString() };
  }

  async stream(ocid: string, options: CallOptions = {}): Promise<StreamState> {
    await this.#admin('GetStream', options);
    const found = this.streams.find((stream) => stream.ocid === ocid);
    if (found === undefined) throw this.#error('GetStream', 404, 'NotAuthorizedOrNotFound');
    return found;
  }

  async streamsNamed(where: { name: string }, options: CallOptions = {}): Promise<StreamState[]> {
    await this.#admin('ListStreams', options);
    return this.streams.filter((stream) => stream.name === where.name);
  }

  async createStream(wanted: NewStream, options: CallOptions = {}): Promise<StreamState> {
    const number = this.adminCalls.filter((call) => call === 'CreateStream').length + 1;
    this.adminCalls.push('CreateStream');
    await this.#pause(this.latencyMs, options);
    const failure = this.adminBehaviour('CreateStream', number);
    const lost = failure?.came === 'reset';
    if (failure !== undefined && !lost)
      throw new CallError({ region: this.name, operation: 'CreateStream' }, failure);
    if (this.streams.some((stream) => stream.name === wanted.name && /ACTIVE|CREATING/.test(stream.state))) {
      throw this.#error('CreateStream', 409, 'NotAuthorizedOrResourceAlreadyExists');
    }
    const ocid = `ocid1.stream.oc1.${this.name}.made${this.streams.length}`;
    const state = this.createDelayMs === 0 ? 'ACTIVE' : 'CREATING';
    const made = this.addStream(ocid, { ...wanted, state });
    if (state === 'CREATING') {
      this.#clock.after(this.createDelayMs, () => {
        this.streams[this.streams.indexOf(made)] = { ...made, state: 'ACTIVE' };
      });
    }
    if (lost) throw new CallError({ region: this.name, operation: 'CreateStream' }, failure);
    return made;
  }

  groupCursor(): Promise<string> {
    return Promise.reject(new Error('this fake is only written to'));
  }
  read(): Promise<never> {
    return Promise.reject(new Error('this fake is only written to'));
  }
  commit(): Promise<string> {
    return Promise.reject(new Error('this fake is only written to'));
  }
  heartbeat(): Promise<string> {
    return Promise.reject(new Error('this fake is only written to'));
  }
  committedOffsets(): Promise<never> {
    return Promise.reject(new Error('this fake is only written to'));
  }
  oldestCursor(): Promise<string> {
    return Promise.reject(new Error('this fake is only written to'));
  }
  partitionCursor(): Promise<string> {
    return Promise.reject(new Error('this fake is only written to'));
  }
  reservations(): Promise<never> {
    return Promise.reject(new Error('this fake is only written to'));
  }
  resetGroup(): Promise<void> {
    return Promise.reject(new Error('this fake is only written to'));
  }
  close(): Promise<void> {
    return Promise.resolve();
  }

  async #admin(operation: string, options: CallOptions): Promise<void> {
    this.adminCalls.push(operation);
    await this.#pause(this.latencyMs, options);
    const failure = this.adminBehaviour(
      operation,
      this.adminCalls.filter((call) => call === operation).length,
    );
    if (failure !== undefined) throw new CallError({ region: this.name, operation }, failure);
  }

  #error(operation: string, status: number, code: string): CallError {
    return new CallError(
      { region: this.name, operation },
      { came: 'status', status, code, message: 'as told' },
    );
  }

  #pause(ms: number, { signal, timeoutMs }: CallOptions): Promise<void> {
    return this.#clock.sleep(Math.min(ms, timeoutMs ?? ms), { signal });
  }
}

export const status = (
  code: number,
  more: Partial<Extract<CallFailure, { came: 'status' }>> = {},
): CallFailure => ({
  came: 'status',
  status: code,
  code: 'AsTold',
  message: 'as told',
  ...more,
});

export const refusedConnection: CallFailure = {
  came: 'unreachable',
  reason: 'refused',
  detail: 'ECONNREFUSED',
};
export const hang: CallFailure = { came: 'timeout', afterMs: 2_000 };
