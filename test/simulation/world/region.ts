import type { Context, Reply } from '../../../emulator/operations/operation.ts';
import { perform } from '../../../emulator/operations/perform.ts';
import { findRoute, type Match } from '../../../emulator/operations/routes.ts';
import type { OperationName } from '../../../emulator/operations/validations.ts';
import {
  callLimitMs,
  checkStream,
  type AddressTrust,
  type CallFailure,
  type Role,
} from '../../../runtime/core/index.ts';
import type {
  Answer,
  CallOptions,
  EncodedMessage,
  GroupPosition,
  LifecycleState,
  NewStream,
  PartitionPosition,
  PutResult,
  ReadOptions,
  ReadReply,
  Region,
  Reservation,
  StreamRef,
  StreamState,
} from '../../../runtime/region.ts';
import type { Settings } from '../../../runtime/settings/index.ts';
import type { How } from '../schedule.ts';
import type { SimProcess } from './process.ts';

interface Asked<T> {
  readonly operation: OperationName;
  readonly plane: 'data' | 'control';
  readonly match: Match;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly options: CallOptions | undefined;
  readonly limitMs: number;
  /** Undefined: not what the operation promises. */
  readonly read: (reply: Reply) => T | undefined;
  /** Gets the head of an answer before its body is there. */
  readonly onHead?: (reply: Reply) => void;
  /** Of a put. */
  readonly messages?: readonly EncodedMessage[];
}

const BASE = '/20180418';
const WRITES: readonly OperationName[] = ['PutMessages', 'CreateStream'];

/**
 * A region as one process reaches it: the emulator's pure operations over the region's state, behind a network that delays
 * and loses. What HTTP does to a call is `How`; what the service does is the emulator's.
 */
export class SimRegion implements Region {
  readonly name: string;
  readonly role: Role;
  readonly #process: SimProcess;
  readonly #settings: Settings;
  readonly #trust: AddressTrust;
  readonly #matches = new Map<string, Match>();

  constructor(name: string, role: Role, process: SimProcess, settings: Settings) {
    this.name = name;
    this.role = role;
    this.#process = process;
    this.#settings = settings;
    this.#trust = { region: name, endpoints: settings.endpoints, realm: 'oc1' };
  }

  put(
    { ocid }: StreamRef,
    messages: readonly EncodedMessage[],
    options: CallOptions,
  ): Promise<Answer<PutResult[]>> {
    const bytes = messages.reduce((sum, message) => sum + message.bytes, 0);
    return this.#call({
      operation: 'PutMessages',
      plane: 'data',
      match: this.#match('POST', `/streams/${ocid}/messages`),
      body: { messages: messages.map(({ key, value }) => ({ key, value })) },
      options,
      limitMs: callLimitMs(this.#settings.requestTimeoutMs, (bytes * 4) / 3),
      // As they are now: a message that is given up meanwhile is empty then.
      messages: messages.map(({ key, value, bytes }) => ({ key, value, bytes })),
      read: ({ body }) => (body as { entries: unknown[] }).entries.map(putResult),
    });
  }

  groupCursor({ ocid }: StreamRef, position: GroupPosition, options?: CallOptions): Promise<Answer<string>> {
    const { group, instance, from, timeoutMs, commitOnGet } = position;
    const body = {
      ...start(from),
      groupName: group,
      instanceName: instance,
      timeoutInMs: timeoutMs,
      commitOnGet,
    };
    return this.#data(
      'CreateGroupCursor',
      'POST',
      `/streams/${ocid}/groupCursors`,
      { body, options },
      valueIn,
    );
  }

  read({ ocid }: StreamRef, cursor: string, options: ReadOptions): Promise<Answer<ReadReply>> {
    const query = { cursor, limit: String(options.limit) };
    const path = `/streams/${ocid}/messages`;
    return this.#call({
      ...this.#ask('GetMessages', 'GET', path, readReply),
      plane: 'data',
      query,
      options,
      onHead: ({ headers }) => options.onNextCursor?.(headers?.['opc-next-cursor'] ?? ''),
    });
  }

  commit({ ocid }: StreamRef, cursor: string, options?: CallOptions): Promise<Answer<string>> {
    const query = { cursor };
    return this.#data('ConsumerCommit', 'POST', `/streams/${ocid}/commit`, { query, options }, valueIn);
  }

  heartbeat({ ocid }: StreamRef, cursor: string, options?: CallOptions): Promise<Answer<string>> {
    const query = { cursor };
    return this.#data('ConsumerHeartbeat', 'POST', `/streams/${ocid}/heartbeat`, { query, options }, valueIn);
  }

  group({ ocid }: StreamRef, group: string, options?: CallOptions): Promise<Answer<readonly Reservation[]>> {
    return this.#data('GetGroup', 'GET', `/streams/${ocid}/groups/${group}`, { options }, reservationsIn);
  }

  partitionCursor(
    { ocid }: StreamRef,
    partition: string,
    from: PartitionPosition,
    options?: CallOptions,
  ): Promise<Answer<string>> {
    const body = { partition, ...start(from) };
    return this.#data('CreateCursor', 'POST', `/streams/${ocid}/cursors`, { body, options }, valueIn);
  }

  resetGroup(
    { ocid }: StreamRef,
    group: string,
    to: GroupPosition['from'],
    options?: CallOptions,
  ): Promise<Answer<null>> {
    const body = start(to);
    return this.#data(
      'UpdateGroup',
      'PUT',
      `/streams/${ocid}/groups/${group}`,
      { body, options },
      () => null,
    );
  }

  stream(ocid: string, options?: CallOptions): Promise<Answer<StreamState>> {
    return this.#control('GetStream', 'GET', `/streams/${ocid}`, { options }, ({ body }) =>
      this.#state(body),
    );
  }

  streamsNamed(
    where: { compartmentId: string; name: string },
    options?: CallOptions,
  ): Promise<Answer<StreamState[]>> {
    return this.#control('ListStreams', 'GET', '/streams', { query: where, options }, ({ body }) =>
      (body as unknown[]).map((each) => this.#state(each)),
    );
  }

  createStream(wanted: NewStream, options?: CallOptions): Promise<Answer<StreamState>> {
    const { tags, ...rest } = wanted;
    const body = { ...rest, freeformTags: tags };
    return this.#control('CreateStream', 'POST', '/streams', { body, options }, (reply) =>
      this.#state(reply.body),
    );
  }

  async workRequestStatus(
    { compartmentId, ocid }: { compartmentId: string; ocid: string },
    options?: CallOptions,
  ): Promise<Answer<string | undefined>> {
    const query = { compartmentId, resourceId: ocid };
    return this.#control('ListWorkRequests', 'GET', '/workRequests', { query, options }, ({ body }) => {
      const [newest] = (body as { items: { status: string }[] }).items;
      return newest?.status ?? '';
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #data<T>(
    operation: OperationName,
    method: string,
    path: string,
    parts: Pick<Asked<T>, 'query' | 'body' | 'options'>,
    read: Asked<T>['read'],
  ): Promise<Answer<T>> {
    return this.#call({ ...this.#ask(operation, method, path, read), ...parts, plane: 'data' });
  }

  #control<T>(
    operation: OperationName,
    method: string,
    path: string,
    parts: Pick<Asked<T>, 'query' | 'body' | 'options'>,
    read: Asked<T>['read'],
  ): Promise<Answer<T>> {
    return this.#call({ ...this.#ask(operation, method, path, read), ...parts, plane: 'control' });
  }

  #ask<T>(operation: OperationName, method: string, path: string, read: Asked<T>['read']) {
    const limitMs = this.#settings.requestTimeoutMs;
    return { operation, match: this.#match(method, path), limitMs, read };
  }

  #match(method: string, path: string): Match {
    const key = `${method} ${path}`;
    let match = this.#matches.get(key);
    if (match === undefined) this.#matches.set(key, (match = findRoute(method, BASE + path)));
    return match;
  }

  /** From the process through the network to the region and back. */
  #call<T>(asked: Asked<T>): Promise<Answer<T>> {
    const process = this.#process;
    const { world } = process;
    const { promise, resolve, reject } = Promise.withResolvers<Answer<T>>();
    if (process.isDead) return promise;
    const { operation, plane, options } = asked;
    const signal = options?.signal;
    if (signal?.aborted === true) return Promise.resolve(failed({ type: 'aborted', written: false }));
    const limitMs = options?.timeoutMs ?? asked.limitMs;
    const call = world.network.begin(process, this.role, operation, asked.messages);
    const writes = WRITES.includes(operation);
    const how = world.network.howEnds(process, this.role, plane, writes);
    let open = true;
    const settle = (answer: Answer<T>, delivered = false): void => {
      if (!open) return;
      open = false;
      signal?.removeEventListener('abort', abort);
      world.network.end(call, answer, delivered);
      resolve(answer);
    };
    const abort = (): void => settle(failed({ type: 'aborted', written: true }));
    signal?.addEventListener('abort', abort, { once: true });
    const later = (ms: number, answer: Answer<T>): void => {
      // In a process that was paused an answer that is there counts before the time that ran out.
      const [at, then] =
        ms > limitMs ? [limitMs, failed({ type: 'timeout', afterMs: limitMs })] : [ms, answer];
      world.scheduler.after(at, () => settle(then, true), process);
    };
    const [there, back] = world.network.latency();
    const headArrives = (reply: Reply, onHead: (reply: Reply) => void): void => {
      const tell = (): void => {
        if (open) onHead(reply);
      };
      world.scheduler.after(back / 2, tell, process);
    };
    const arrives = (afterMs: number, then: (reply: Reply) => void): void => {
      world.scheduler.after(afterMs, () => {
        const reply = this.#perform(asked);
        world.network.arrived(call, reply);
        then(reply);
        if (reply.status < 400 && asked.onHead !== undefined) headArrives(reply, asked.onHead);
      });
    };
    const answer = (reply: Reply): Answer<T> => answerOf(reply, asked.read);
    const isStored = 'stored' in (how ?? {}) && (how as { stored?: boolean }).stored === true;
    if (isStored) arrives(there, () => {});
    switch (how?.type) {
      case undefined:
        arrives(there, (reply) => later(back, answer(reply)));
        // An answer that comes too late is as none.
        break;
      case 'slow':
        if (there + how.ms > limitMs) later(limitMs + 1, failed({ type: 'timeout', afterMs: limitMs }));
        arrives(there + how.ms, (reply) => later(back, answer(reply)));
        break;
      case 'status':
        later(there + back + (how.afterMs ?? 0), failed(statusOf(how)));
        break;
      case 'hang':
        later(limitMs + 1, failed({ type: 'timeout', afterMs: limitMs }));
        break;
      case 'reset':
        later(there + back, failed({ type: 'reset', detail: 'socket hang up' }));
        break;
      case 'unreadable':
        arrives(there, () => later(back, failed({ type: 'unreadable', status: 200, start: '<html>' })));
        break;
      case 'short':
        arrives(there, (reply) => later(back, shortened(answer(reply))));
        break;
      case 'local':
        later(1, failed({ type: 'local', detail: 'EMFILE' }));
        break;
      case 'throws':
        world.scheduler.after(
          1,
          () => {
            if (!open) return;
            open = false;
            world.network.end(call, failed({ type: 'local', detail: 'thrown' }), true);
            reject(new TypeError('the port threw'));
          },
          process,
        );
        break;
      case 'refused':
      case 'dns':
      case 'tls':
      case 'network':
        later(how.type === 'dns' ? 5 : there, failed(unreachable(how.type)));
    }
    return promise;
  }

  #perform<T>({ operation, match, query = {}, body, messages }: Asked<T>): Reply {
    const { world } = this.#process;
    if (world.network.isPoisoned(messages))
      return { status: 400, body: { code: 'Simulated400', message: '' } };
    const emulated = world.region(this.role);
    const context: Context = {
      region: emulated.state,
      now: world.wall,
      random: emulated.random,
      placementRandom: emulated.spread,
      refuseEntry: world.network.refuseEntry(this.role),
      creationEnds: world.network.creationEnds,
    };
    const reply = perform(context, match, { query, body, headers: {} });
    const streamId = match.parts['streamId'];
    if (streamId !== undefined && (operation === 'GetMessages' || operation === 'ConsumerCommit')) {
      const stream = emulated.state.streams.get(streamId);
      if (stream !== undefined) {
        const { consumption, contents } = world.history;
        consumption.committed(stream, this.role, world.scheduler.now, (value) => contents.of(value));
      }
    }
    // Past what retention removed a group is moved as a whole, so what is left comes again.
    if (operation === 'UpdateGroup' && streamId !== undefined && world.history.removedValues.size > 0) {
      world.history.consumption.groupsReset(streamId);
    }
    return reply;
  }

  #state(given: unknown): StreamState {
    const stream = given as Record<string, unknown>;
    const ocid = String(stream['id']);
    const hours = stream['retentionInHours'];
    return {
      region: this.name,
      ocid,
      address: checkStream({ ocid, endpoint: String(stream['messagesEndpoint']) }, this.#trust),
      name: String(stream['name']),
      state: stream['lifecycleState'] as LifecycleState,
      partitions: Number(stream['partitions']),
      ...(typeof hours === 'number' ? { retentionInHours: hours } : {}),
      compartmentId: String(stream['compartmentId']),
      streamPoolId: String(stream['streamPoolId']),
      tags: stream['freeformTags'] as Record<string, string>,
    };
  }
}

function answerOf<T>(reply: Reply, read: (reply: Reply) => T | undefined): Answer<T> {
  if (reply.status >= 400) {
    const { code, message } = reply.body as { code: string; message: string };
    const retryAfter = reply.headers?.['retry-after'];
    const failure = { type: 'status' as const, status: reply.status, code, message };
    return failed(retryAfter === undefined ? failure : { ...failure, retryAfter });
  }
  const value = read(reply);
  return value === undefined
    ? failed({ type: 'unreadable', status: reply.status, start: '' })
    : { ok: true, value };
}

function failed(failure: CallFailure): { readonly ok: false; readonly failure: CallFailure } {
  return { ok: false, failure };
}

function statusOf({ status, retryAfter }: Extract<How, { type: 'status' }>): CallFailure {
  const code = `Simulated${status}`;
  const failure = { type: 'status' as const, status, code, message: '' };
  return retryAfter === undefined ? failure : { ...failure, retryAfter };
}

function unreachable(reason: 'refused' | 'dns' | 'tls' | 'network'): CallFailure {
  return { type: 'unreachable', reason, detail: `simulated: ${reason}` };
}

/** An answer with results for the first half of the messages. */
function shortened<T>(answer: Answer<T>): Answer<T> {
  if (!answer.ok || !Array.isArray(answer.value)) return answer;
  const results = answer.value as PutResult[];
  const kept = results.map((each, index) => (index < results.length >> 1 ? each : { type: 'unnamed' }));
  return { ok: true, value: kept as T };
}

function putResult(given: unknown): PutResult {
  const entry = given as Record<string, string>;
  if (entry['error'] !== undefined && entry['error'] !== '') {
    const status = /TooMany|429/.test(entry['error']) ? 429 : 500;
    return { type: 'refused', status, error: entry['error'], message: entry['errorMessage'] ?? '' };
  }
  const { partition = '', timestamp = '' } = entry;
  return { type: 'stored', partition, offset: Number(entry['offset']), timestamp };
}

function valueIn({ body }: Reply): string {
  return (body as { value: string }).value;
}

function readReply({ body, headers }: Reply): ReadReply {
  const messages = (body as Record<string, unknown>[]).map((each) => ({
    partition: String(each['partition']),
    offset: Number(each['offset']),
    key: each['key'] === null ? null : Buffer.from(each['key'] as string, 'base64'),
    value: Buffer.from(each['value'] as string, 'base64'),
    timestamp: String(each['timestamp']),
  }));
  return { messages, nextCursor: headers?.['opc-next-cursor'] ?? '' };
}

function reservationsIn({ body }: Reply): Reservation[] {
  const { reservations } = body as { reservations: Record<string, unknown>[] };
  return reservations.map((each) => ({
    partition: String(each['partition']),
    committedOffset: each['committedOffset'] as number | undefined,
    instance: each['reservedInstance'] as string | undefined,
    until: undefined,
  }));
}

function start(from: PartitionPosition): object {
  if (typeof from === 'string') return { type: from };
  if ('atOffset' in from) return { type: 'AT_OFFSET', offset: from.atOffset };
  if ('afterOffset' in from) return { type: 'AFTER_OFFSET', offset: from.afterOffset };
  return { type: 'AT_TIME', time: from.time };
}
