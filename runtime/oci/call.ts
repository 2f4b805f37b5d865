import type { HttpClient, HttpRequest } from 'oci-common';

import type { Clock } from '../clock.ts';
import { callLimitMs, endpointVariable, trustedEndpoint, type CallFailure } from '../core/index.ts';
import type { EventListener } from '../events.ts';
import type { Answer, CallOptions } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import type { Auth } from './auth/index.ts';
import { networkFailure, statusFailure, unreadable } from './failure.ts';
import { RequestSecrets, wordsOf, type Clean } from './foreign-text.ts';
import type { Connections } from './http/connections.ts';
import { exchange, type Deadline, type Reply, type WireRequest } from './http/exchange.ts';
import type { OperationName } from './iam-hint.ts';
import { emptyReply, failedReply, sdkReply } from './sdk.ts';
import { RequestSigner } from './signing.ts';

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
  /** What is sent in place of the SDK's body; undefined: none. */
  readonly body: Buffer | undefined;
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

type Sent =
  | { readonly type: 'reply'; readonly reply: Reply }
  | { readonly type: 'failure'; readonly failure: CallFailure };

/** Makes calls to one region. None rejects: what goes wrong is a value. */
export class Caller {
  readonly #options: CallerOptions;
  readonly #connections: Connections;
  readonly #signer: RequestSigner;

  constructor(options: CallerOptions, connections: Connections) {
    this.#options = options;
    this.#connections = connections;
    this.#signer = new RequestSigner(options);
  }

  /** `connect`: a client of the SDK for an origin, over our HTTP. */
  async call<Client, Response, Result>(
    endpoint: string,
    connect: (origin: string, httpClient: HttpClient) => Client,
    operation: Operation<Client, Response, Result>,
    options: CallOptions = {},
  ): Promise<Answer<Result>> {
    const { name: region, settings } = this.#options;
    const trust = trustedEndpoint(endpoint, region, settings.endpoints);
    if (!trust.trusted) {
      const detail = `the endpoint of ${region} ${trust.because}: nothing is signed for it. If it is yours, name it in ${endpointVariable(region)}`;
      return failed({ type: 'misconfigured', detail });
    }
    const secrets = new RequestSecrets();
    const { clean } = secrets;
    let sent: Sent | undefined;
    const httpClient: HttpClient = {
      send: async (request, excludeBody = false) => {
        if (operation.type === 'bulk') request.body = operation.body;
        const ended = await settled(() => this.#send(operation.name, request, excludeBody, options, secrets));
        // Only a listener of ours can throw there, before anything was processed.
        sent = ended.ok ? ended.value : failure({ type: 'local', detail: clean(wordsOf(ended.error)) });
        if (sent.type === 'failure') return failedReply();
        return operation.type === 'bulk' ? emptyReply() : sdkReply(sent.reply);
      },
    };
    // The SDK's own words come first; what became of the request decides.
    const asked = await settled(async () => operation.ask(connect(trust.origin, httpClient)));
    if (sent === undefined) {
      const words = asked.ok ? 'nothing was sent' : wordsOf(asked.error);
      return failed({ type: 'misconfigured', detail: `${operation.name}: ${clean(words)}` });
    }
    if (sent.type === 'failure') return failed(sent.failure);
    const value = asked.ok ? readAnswer(operation, asked.value, sent.reply, clean) : undefined;
    return value === undefined ? failed(unreadable(sent.reply, clean)) : { ok: true, value };
  }

  /** Signs and sends, again after a 401 where that may help: a 401 was not processed. */
  async #send(
    operation: OperationName,
    request: HttpRequest,
    excludeBody: boolean,
    options: CallOptions,
    secrets: RequestSecrets,
  ): Promise<Sent> {
    const { auth, clock } = this.#options;
    const { clean } = secrets;
    const deadline = this.#deadline(request, options);
    const tried = new Set<string>();
    for (;;) {
      const signed = await this.#signer.sign(request, excludeBody, deadline);
      if (signed.type === 'aborted') return failure({ type: 'aborted', written: false });
      if (signed.type === 'failed') return failure({ type: 'local', detail: clean(signed.detail, 400) });
      const sent = wireRequest(request);
      secrets.add(sent);
      const exchanged = await exchange(this.#connections, sent, deadline, clock);
      if (exchanged.type !== 'reply') return failure(networkFailure(exchanged, deadline, clean));
      const { reply } = exchanged;
      if (reply.status === 401 && (await this.#signer.mayGoAgain(reply, signed, tried, deadline))) continue;
      const refused = statusFailure(reply, operation, auth, clean);
      if (refused !== undefined) return failure(refused);
      return reply.cut ? failure(unreadable(reply, clean)) : exchanged;
    }
  }

  #deadline({ body }: HttpRequest, { timeoutMs, signal }: CallOptions): Deadline {
    const { settings, clock } = this.#options;
    const bytes = body === undefined ? 0 : Buffer.byteLength(body as string | Buffer);
    const limitMs = timeoutMs ?? callLimitMs(settings.requestTimeoutMs, bytes);
    return { limitMs, dueAt: clock.now() + limitMs, signal };
  }
}

function wireRequest({ method, uri, headers, body }: HttpRequest): WireRequest {
  const { origin } = new URL(uri);
  // The path as it stands, not as URL would write it: the signature covers these very characters.
  return {
    origin,
    path: uri.slice(origin.length),
    method,
    headers: [...headers].flat(),
    body: body as string | Buffer | undefined,
  };
}

/** Undefined: not what the operation promises. */
function readAnswer<Client, Response, Result>(
  operation: Operation<Client, Response, Result>,
  response: unknown,
  reply: Reply,
  clean: Clean,
): Result | undefined {
  try {
    if (operation.type === 'model') return operation.read(response as Response, clean);
    return operation.read(JSON.parse(reply.body.toString('utf8')) as unknown, reply, clean);
  } catch {
    return undefined;
  }
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
