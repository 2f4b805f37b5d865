import type { IncomingHttpHeaders } from 'node:http';

import type { Dispatcher } from 'undici';

import type { Clock } from '../../clock.ts';
import type { Deadline } from './deadline.ts';
import { lostBeforeWriting, networkFailure } from './network-failure.ts';
import { afterPatiently } from './patient-timer.ts';
import type { Outcome } from './reply.ts';

/** `lost`: the error of a connection that ended before anything of the request was written. */
export type Attempted = Outcome | { readonly lost: unknown };

/** 10,000 messages of 1 KiB are about 15 MB in base64; nothing that the service sends is larger than this. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * One request on one connection, as undici reports on it. The interface of undici is used bare, because it alone tells when
 * writing begins: before that nothing was sent, from then on the request may have been handled.
 */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly #outcome = Promise.withResolvers<Attempted>();
  readonly #deadline: Deadline;
  readonly #cancelTimer: () => void;
  readonly #onAbort = (): void => this.#abandon(() => this.#outcome.reject(this.#deadline.signal?.reason));
  #settled = false;
  /** Present from the moment that undici begins to write. */
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | undefined;
  #headers: IncomingHttpHeaders = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(deadline: Deadline, clock: Clock) {
    this.#deadline = deadline;
    const leftMs = Math.max(0, deadline.dueAt - clock.now());
    this.#cancelTimer = afterPatiently(clock, leftMs, () => this.#abandon(() => this.#timeOut()));
    deadline.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Rejects with the signal's reason, and only with it. */
  get outcome(): Promise<Attempted> {
    return this.#outcome.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) this.#hangUp(); // nothing is written then
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return; // 1xx is no answer yet
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BODY_BYTES) this.#abandon(() => this.#reply(true));
  }

  onResponseEnd(): void {
    this.#settle(() => this.#reply(false));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const written = this.#controller !== undefined;
    this.#settle(() => {
      if (this.#status !== undefined) this.#reply(true);
      else if (lostBeforeWriting(error, written)) this.#outcome.resolve({ lost: error });
      else this.#outcome.resolve({ failure: networkFailure(error, written) });
    });
  }

  #reply(cut: boolean): void {
    const body = Buffer.concat(this.#chunks, this.#bytes);
    this.#outcome.resolve({ reply: { status: this.#status ?? 0, headers: this.#headers, body, cut } });
  }

  #timeOut(): void {
    const { limitMs } = this.#deadline;
    const never = { type: 'unreachable', reason: 'connect-timeout', detail: `${limitMs} ms` } as const;
    const perhaps = { type: 'timeout', afterMs: limitMs } as const;
    this.#outcome.resolve({ failure: this.#controller === undefined ? never : perhaps });
  }

  #settle(end: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#cancelTimer();
    this.#deadline.signal?.removeEventListener('abort', this.#onAbort);
    end();
  }

  /** Settles now, and closes the connection: what comes over it is worth nothing any more (A8, B9). */
  #abandon(end: () => void): void {
    this.#settle(end);
    this.#hangUp();
  }

  #hangUp(): void {
    this.#controller?.abort(new Error('abandoned'));
  }
}
