import { setImmediate as nextTurn } from 'node:timers/promises';

import type { HttpClient, HttpRequest } from 'oci-common';

import type { Clock } from '../clock.ts';
import { callLimitMs, endpointVariable, trustedEndpoint, type CallFailure } from '../core/index.ts';
import type { EventListener } from '../events.ts';
import type { Answer, CallOptions } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import type { Auth } from './auth/index.ts';
import { networkFailure, statusFailure, unreadable, type OperationName } from './failure.ts';
import { printable, RequestSecrets, wordsOf, type Clean } from './foreign-text.ts';
import type { Connections } from './http/connections.ts';
import { within, type Deadline } from './http/deadline.ts';
import { exchange, type Reply, type ReplyHead, type WireRequest } from './http/exchange.ts';
import { emptyReply, failedReply, sdkReply } from './sdk.ts';
import { RequestSigner, type Head, type TriedRemedies } from './signing.ts';

/** Of an answer; one to a put of 200 messages. */
const LARGE_BYTES = 16_384;

/** One operation of the service: how the SDK is asked, and how its answer is read. */
export interface ModelOperation<Client, Response, Result> {
  readonly type: 'model';
  readonly name: OperationName;
  ask(client: Client): Promise<Response>;
  /** Undefined: not what the operation promises. Every text of the answer that a person may read goes through `clean`. */
  read(response: Response, clean: Clean): Result | undefined;
}

/**
 * One operation on many messages. The SDK composes method, address and headers; the messages, in the request or in the
 * answer, do not go through its models, which would copy each of them several times.
 */
export interface BulkOperation<Client, Result> {
  readonly type: 'bulk';
  readonly name: OperationName;
  /** Asks with no messages; what it gives is not used. */
  ask(client: Client): Promise<unknown>;
  /**
   * Calls of the same name here differ in their bodies only, and these are not signed. So those of one second share what the
   * SDK composes, and the signature: dates have a grain of one second, and RSA PKCS#1 v1.5 signs the same text the same
   * way. A signature takes longer than the rest of a call.
   */
  readonly sharedAs: string | undefined;
  /** What is sent in place of the SDK's body; undefined: none. */
  readonly body: Buffer | undefined;
  /** Gets the beginning of each reply, of one that is a failure too, before its body is here. */
  readonly onHead?: ((head: ReplyHead) => void) | undefined;
  /** `json`: the body of `reply`. Otherwise as above. */
  read(json: unknown, reply: Reply, clean: Clean): Result | undefined;
}

export type Operation<Client, Response, Result> =
  | ModelOperation<Client, Response, Result>
  | BulkOperation<Client, Result>;

export interface CallerOptions {
  /** Of the region, for example `sa-saopaulo-1`. */
  readonly name: string;
  readonly auth: Auth;
  readonly settings: Pick<Settings, 'endpoints' | 'requestTimeoutMs'>;
  readonly clock: Clock;
  /** Gets `clock-corrected`. */
  readonly emit: EventListener;
}

/** What is sent: its head is made anew after a 401. */
interface Sending extends Pick<BulkOperation<never, never>, 'onHead'> {
  readonly head: () => Head | Promise<Head>;
  readonly body: string | Buffer | undefined;
}

/** A client of the SDK for an origin, over our HTTP. */
type Connect<Client> = (origin: string, httpClient: HttpClient) => Client;

type Sent =
  | { readonly type: 'reply'; readonly reply: Reply }
  | { readonly type: 'failure'; readonly failure: CallFailure };

/** Makes calls to one region. None rejects: what goes wrong is a value. */
export class Caller {
  readonly #options: CallerOptions;
  readonly #connections: Connections;
  readonly #signer: RequestSigner;
  /** The last one that an answer waits for, or had. */
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(options: CallerOptions, connections: Connections) {
    this.#options = options;
    this.#connections = connections;
    this.#signer = new RequestSigner(options);
  }

  call<Client, Response, Result>(
    endpoint: string,
    connect: Connect<Client>,
    operation: Operation<Client, Response, Result>,
    options: CallOptions = {},
  ): Promise<Answer<Result>> {
    return operation.type === 'bulk'
      ? this.#callBulk(endpoint, connect, operation, options)
      : this.#callModel(endpoint, connect, operation, options);
  }

  /** The SDK composes the request, hands it to us to be sent, and reads the answer. */
  async #callModel<Client, Response, Result>(
    endpoint: string,
    connect: Connect<Client>,
    operation: ModelOperation<Client, Response, Result>,
    options: CallOptions,
  ): Promise<Answer<Result>> {
    const origin = this.#trusted(endpoint);
    if (typeof origin !== 'string') return failed(origin);
    const secrets = new RequestSecrets();
    const { clean } = secrets;
    let sent: Sent | undefined;
    const httpClient: HttpClient = {
      send: async (request, excludeBody = false) => {
        const head = (): Promise<Head> => this.#signer.sign(request, excludeBody);
        const body = request.body as string | undefined;
        const ended = await settled(() => this.#send(operation.name, { head, body }, options, secrets));
        // Only a listener of ours can throw there, before anything was processed.
        sent = ended.ok ? ended.value : failure({ type: 'local', detail: clean(wordsOf(ended.error)) });
        return sent.type === 'reply' ? sdkReply(sent.reply) : failedReply();
      },
    };
    // The SDK's own words come first; what became of the request decides.
    const asked = await settled(async () => operation.ask(connect(origin, httpClient)));
    if (sent === undefined) {
      return failed(uncomposed(operation.name, asked.ok ? 'nothing was sent' : wordsOf(asked.error)));
    }
    if (sent.type === 'failure') return failed(sent.failure);
    return answerOf(sent.reply, clean, () => (asked.ok ? operation.read(asked.value, clean) : undefined));
  }

  async #callBulk<Client, Result>(
    endpoint: string,
    connect: Connect<Client>,
    operation: BulkOperation<Client, Result>,
    options: CallOptions,
  ): Promise<Answer<Result>> {
    const { name, sharedAs, body, onHead } = operation;
    const secrets = new RequestSecrets();
    const { clean } = secrets;
    const make = (): Promise<Head> => this.#compose(endpoint, connect, operation);
    const head =
      sharedAs === undefined ? make : () => this.#signer.sharedHead(`${name} ${sharedAs} ${endpoint}`, make);
    const sent = await this.#send(name, { head, body, onHead }, options, secrets);
    if (sent.type === 'failure') return failed(sent.failure);
    const { reply } = sent;
    // What `onHead` began is written in the next turn: undici looks at a connection first that was idle.
    if (onHead !== undefined || reply.body.length >= LARGE_BYTES) await this.#turnOfItsOwn();
    return answerOf(reply, clean, () => {
      const json = JSON.parse(reply.body.toString('utf8')) as unknown;
      return operation.read(json, reply, clean);
    });
  }

  /**
   * To read a large answer and to settle its messages takes milliseconds, and as many can be here at once as there are calls:
   * timers and other connections have their turn between two of them.
   */
  #turnOfItsOwn(): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(() => nextTurn());
    return this.#lastTurn;
  }

  /** What the SDK would send, signed. */
  async #compose<Client>(
    endpoint: string,
    connect: Connect<Client>,
    operation: BulkOperation<Client, unknown>,
  ): Promise<Head> {
    const origin = this.#trusted(endpoint);
    if (typeof origin !== 'string') return origin;
    let composed: { readonly request: HttpRequest; readonly excludeBody: boolean } | undefined;
    const httpClient: HttpClient = {
      async send(request, excludeBody = false) {
        composed = { request, excludeBody };
        return emptyReply();
      },
    };
    const asked = await settled(async () => operation.ask(connect(origin, httpClient)));
    if (composed === undefined) {
      return uncomposed(operation.name, asked.ok ? 'nothing was sent' : printable(wordsOf(asked.error)));
    }
    return this.#signer.sign(composed.request, composed.excludeBody);
  }

  /** The origin of an endpoint to which signed requests may go. */
  #trusted(endpoint: string): string | CallFailure {
    const { name: region, settings } = this.#options;
    const trust = trustedEndpoint(endpoint, region, settings.endpoints);
    if (trust.trusted) return trust.origin;
    const detail = `the endpoint of ${region} ${trust.because}: nothing is signed for it. If it is yours, name it in ${endpointVariable(region)}`;
    return { type: 'misconfigured', detail };
  }

  /** Signs and sends, again after a 401 where that may help: a 401 was not processed. */
  async #send(
    operation: OperationName,
    { head: makeHead, body, onHead }: Sending,
    options: CallOptions,
    secrets: RequestSecrets,
  ): Promise<Sent> {
    const { auth, clock } = this.#options;
    const { clean } = secrets;
    const deadline = this.#deadline(body, options);
    const tried: TriedRemedies = { clock: false, credentials: false };
    for (;;) {
      const making = makeHead();
      const head = making instanceof Promise ? await this.#within(deadline, making, clean) : making;
      if (head.type !== 'signed') return failure(head);
      const { origin, path, method, headers } = head;
      const request: WireRequest = { origin, path, method, headers, body };
      secrets.add(request);
      const exchanged = await exchange(this.#connections, request, deadline, clock, onHead);
      if (exchanged.type !== 'reply') return failure(networkFailure(exchanged, deadline, clean));
      const { reply } = exchanged;
      if (reply.status === 401 && (await this.#signer.mayGoAgain(reply, head, tried, deadline))) continue;
      const refused = statusFailure(reply, operation, auth, clean);
      if (refused !== undefined) return failure(refused);
      return reply.cut ? failure(unreadable(reply, clean)) : exchanged;
    }
  }

  /** A token that cannot be had is this machine's trouble. */
  async #within(deadline: Deadline, making: Promise<Head>, clean: Clean): Promise<Head> {
    const { identity } = this.#options.auth;
    const ended = await within(this.#options.clock, deadline, () => making);
    switch (ended.type) {
      case 'done':
        return ended.value;
      case 'aborted':
        return { type: 'aborted', written: false };
      case 'late':
        return local(`${identity} took longer than ${deadline.limitMs} ms to sign`);
      case 'failed':
        return local(`${identity} cannot sign: ${wordsOf(ended.error)}`);
    }
    function local(words: string): CallFailure {
      return { type: 'local', detail: clean(words, 400) };
    }
  }

  #deadline(body: string | Buffer | undefined, { timeoutMs, signal }: CallOptions): Deadline {
    const { settings, clock } = this.#options;
    const bytes = body === undefined ? 0 : Buffer.byteLength(body);
    const limitMs = timeoutMs ?? callLimitMs(settings.requestTimeoutMs, bytes);
    return { limitMs, dueAt: clock.now() + limitMs, signal };
  }
}

function uncomposed(operation: OperationName, words: string): CallFailure {
  return { type: 'misconfigured', detail: `${operation}: ${printable(words)}` };
}

/** Undefined, or whatever is thrown: the answer is not what the operation promises. */
function answerOf<Result>(reply: Reply, clean: Clean, read: () => Result | undefined): Answer<Result> {
  let value: Result | undefined;
  try {
    value = read();
  } catch {
    value = undefined;
  }
  return value === undefined ? failed(unreadable(reply, clean)) : { ok: true, value };
}

export function failed(failure: CallFailure): { readonly ok: false; readonly failure: CallFailure } {
  return { ok: false, failure };
}

function failure(failure: CallFailure): Sent {
  return { type: 'failure', failure };
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

async function settled<T>(task: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await task() };
  } catch (error) {
    return { ok: false, error };
  }
}
