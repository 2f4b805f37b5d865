import type { HttpClient, HttpRequest } from 'oci-common';

import { endpointVariable, trustedEndpoint, type CallFailure } from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import type { CallOptions } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { callLimitMs, type Deadline, type Reply } from './http/index.ts';
import type { Operation } from './permissions.ts';
import { replyFailure, unreadable } from './reply-failure.ts';
import { failedReply, sdkReply } from './sdk-reply.ts';
import { signedExchange, type Line } from './signed-exchange.ts';

/** One operation: how the SDK is asked, and how its answer is read (undefined: not what was promised). */
export interface Question<Answer, Result> {
  readonly operation: Operation;
  readonly endpoint: string;
  ask(origin: string, httpClient: HttpClient): Promise<Answer>;
  read(answer: Answer): Result | undefined;
}

/** Makes calls to one region. Each rejects with a `CallError`, the signal's reason, or a `CONFIG` error; see `Region`. */
export class Caller {
  readonly #line: Line;
  readonly #settings: Pick<Settings, 'endpoints' | 'requestTimeoutMs'>;

  constructor(line: Line, settings: Pick<Settings, 'endpoints' | 'requestTimeoutMs'>) {
    this.#line = line;
    this.#settings = settings;
  }

  async call<Answer, Result>(question: Question<Answer, Result>, options: CallOptions = {}): Promise<Result> {
    const { operation } = question;
    const origin = this.#trusted(question.endpoint);
    let reply: Reply | undefined;
    let failure: { readonly reason: unknown } | undefined;
    const httpClient: HttpClient = {
      send: async (request, excludeBody = false) => {
        try {
          reply = await this.#exchange(operation, request, excludeBody, options);
          return sdkReply(reply);
        } catch (reason) {
          failure = { reason };
          return failedReply(reason);
        }
      },
    };

    let answer: Answer;
    try {
      answer = await question.ask(origin, httpClient);
    } catch (error) {
      if (failure !== undefined) throw failure.reason;
      if (reply !== undefined) throw this.#error(operation, unreadable(reply));
      // Nothing was sent: the SDK cannot compose such a request (an empty OCID, say).
      const words = error instanceof Error ? error.message : String(error);
      throw new HaError('CONFIG', `${operation} in ${this.#line.region}: ${words}`, { cause: error });
    }
    // An operation without a body succeeds for the SDK, whatever became of it.
    if (failure !== undefined) throw failure.reason;
    const result = question.read(answer);
    if (result === undefined) throw this.#error(operation, unreadable(reply as Reply));
    return result;
  }

  /** The whole answer, when it is a success. */
  async #exchange(
    operation: Operation,
    request: HttpRequest,
    excludeBody: boolean,
    options: CallOptions,
  ): Promise<Reply> {
    const deadline = this.#deadline(request.body as string | undefined, options);
    const outcome = await signedExchange(this.#line, request, excludeBody, deadline);
    if ('failure' in outcome) throw this.#error(operation, outcome.failure);
    const { reply } = outcome;
    const refused = replyFailure(reply, operation, this.#line.auth);
    if (refused !== undefined) throw this.#error(operation, refused);
    if (reply.cut) throw this.#error(operation, unreadable(reply));
    return reply;
  }

  /** The origin to send to. Nothing is signed for an endpoint that is neither OCI's nor the user's own (E10). */
  #trusted(endpoint: string): string {
    const { region } = this.#line;
    const trust = trustedEndpoint(endpoint, region, this.#settings.endpoints);
    if (trust.trusted) return trust.origin;
    throw new HaError(
      'CONFIG',
      `the endpoint of ${region} ${trust.because}: nothing is signed for it. If it is yours, name it in ${endpointVariable(region)}`,
    );
  }

  #deadline(body: string | undefined, { timeoutMs, signal }: CallOptions): Deadline {
    const limitMs =
      timeoutMs ?? callLimitMs(this.#settings.requestTimeoutMs, Buffer.byteLength(body ?? '', 'utf8'));
    return { limitMs, dueAt: this.#line.clock.now() + limitMs, signal };
  }

  #error(operation: Operation, failure: CallFailure): CallError {
    return new CallError({ region: this.#line.region, operation }, failure);
  }
}
