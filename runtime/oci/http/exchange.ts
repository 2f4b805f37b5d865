import type { IncomingHttpHeaders } from 'node:http';

import type { Dispatcher } from 'undici';

import type { Clock } from '../../clock.ts';
import type { Connections } from './connections.ts';
import { afterPatiently, type Deadline } from './deadline.ts';

/** A request as it goes on the wire. */
export interface WireRequest {
  readonly origin: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly method: string;
  /** Name, value, name, value, … */
  readonly headers: readonly string[];
  readonly body: string | Buffer | undefined;
}

/** The beginning of a reply. */
export interface ReplyHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
}

export interface Reply extends ReplyHead {
  readonly body: Buffer;
  /** The connection ended, or the limit of size was reached, before the whole body was here. */
  readonly cut: boolean;
}

/** `written`: something of the request may have left this machine, so that it may have been handled. */
export type Exchanged =
  | { readonly type: 'reply'; readonly reply: Reply }
  | { readonly type: 'late'; readonly written: boolean }
  | { readonly type: 'broken'; readonly error: unknown; readonly written: boolean }
  | { readonly type: 'aborted'; readonly written: boolean };

/** A header of a reply; the first, when it came more than once. */
export function headerOf({ headers }: ReplyHead, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The time in a header, in ms since 1970; undefined for what is not in the form of HTTP (`Date.parse` makes a time of much). */
export function httpTime(value: string | undefined): number | undefined {
  if (value === undefined || !/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(value)) {
    return undefined;
  }
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

/**
 * Sends one request and reads the whole answer. Never rejects. Nothing is retried, with one exception: when an idle
 * connection turns out to be closed before anything of this request was written, a new connection is tried, once (B11).
 *
 * `onHead` gets the beginning of the reply before its body is here. It must not throw.
 */
export function exchange(
  connections: Connections,
  request: WireRequest,
  deadline: Deadline,
  clock: Clock,
  onHead: (head: ReplyHead) => void = () => {},
): Promise<Exchanged> {
  const send = (): Promise<Exchanged> => attempt(connections, request, deadline, clock, onHead);
  return send().then((first) => (isLost(first) ? send() : first));
}

function isLost(exchanged: Exchanged): boolean {
  if (exchanged.type !== 'broken' || exchanged.written) return false;
  const { code } = (exchanged.error ?? {}) as { code?: unknown };
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}

function attempt(
  connections: Connections,
  request: WireRequest,
  deadline: Deadline,
  clock: Clock,
  onHead: (head: ReplyHead) => void,
): Promise<Exchanged> {
  if (deadline.signal?.aborted === true) return Promise.resolve({ type: 'aborted', written: false });
  const explain = (error: unknown): unknown => connections.explain(error, request.origin);
  const handler = new Attempt(deadline, clock, explain, onHead);
  try {
    const { origin, path, method, headers, body = null } = request;
    connections.dispatch({ origin, path, method, headers: headers as string[], body }, handler);
  } catch (error) {
    handler.onResponseError(undefined, error); // undici does not take such a request
  }
  return handler.outcome;
}

/** 10,000 messages of 1 KiB are about 15 MB in base64; nothing that the service sends is larger than this. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * One request on one connection, as undici reports on it. The interface of undici is used bare, because it alone tells when
 * writing begins: before that nothing was sent, from then on the request may have been handled.
 */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #outcome = Promise.withResolvers<Exchanged>();
  readonly #explain: (error: unknown) => unknown;
  readonly #onHead: (head: ReplyHead) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #cancelTimer: () => void;
  readonly #onAbort = (): void => this.#abandon({ type: 'aborted', written: this.#written });
  #settled = false;
  /** Present from the moment that undici begins to write. */
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | undefined;
  #headers: IncomingHttpHeaders = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    { dueAt, signal }: Deadline,
    clock: Clock,
    explain: (error: unknown) => unknown,
    onHead: (head: ReplyHead) => void,
  ) {
    this.#explain = explain;
    this.#onHead = onHead;
    this.#signal = signal;
    this.#cancelTimer = afterPatiently(clock, Math.max(0, dueAt - clock.now()), () =>
      this.#abandon({ type: 'late', written: this.#written }),
    );
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get outcome(): Promise<Exchanged> {
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
    if (!this.#settled) this.#onHead({ status, headers });
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BODY_BYTES) this.#abandon(this.#reply(true));
  }

  onResponseEnd(): void {
    this.#settle(this.#reply(false));
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: unknown): void {
    const broken = { type: 'broken', error: this.#explain(error), written: this.#written } as const;
    this.#settle(this.#status === undefined ? broken : this.#reply(true));
  }

  get #written(): boolean {
    return this.#controller !== undefined;
  }

  #reply(cut: boolean): Exchanged {
    const body = Buffer.concat(this.#chunks, this.#bytes);
    return { type: 'reply', reply: { status: this.#status ?? 0, headers: this.#headers, body, cut } };
  }

  #settle(outcome: Exchanged): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#cancelTimer();
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#outcome.resolve(outcome);
  }

  /** Settles now, and closes the connection: what comes over it is worth nothing any more (A8, B9). */
  #abandon(outcome: Exchanged): void {
    this.#settle(outcome);
    this.#hangUp();
  }

  #hangUp(): void {
    this.#controller?.abort(new Error('abandoned'));
  }
}
