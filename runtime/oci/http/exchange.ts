import type { IncomingHttpHeaders } from 'node:http';

import type { Dispatcher } from 'undici';

import type { Clock } from '../../clock.ts';
import type { CallFailure } from '../../core/index.ts';
import { afterPatiently } from './patient-timer.ts';
import { lostBeforeWriting, networkFailure } from './network-failure.ts';

/** A request as it goes on the wire. */
export interface WireRequest {
  readonly origin: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly method: string;
  /** Name, value, name, value, … */
  readonly headers: string[];
  readonly body: string | undefined;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The connection ended, or the limit of size was reached, before the whole body was here. */
  readonly cut: boolean;
}

export type Outcome = { readonly reply: Reply } | { readonly failure: CallFailure };

export interface Deadline {
  readonly limitMs: number;
  /** On the clock's `now()`. One deadline can span several exchanges. */
  readonly dueAt: number;
  readonly signal: AbortSignal | undefined;
}

/** 10,000 messages of 1 KiB are about 15 MB in base64; nothing that the service sends is larger than this. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Sends one request and reads the whole answer. Resolves with an outcome, whatever the network does; rejects with the
 * signal's reason, and only with it. Nothing is retried, with one exception: when an idle connection turns out to be
 * closed before anything of this request was written, a new connection is tried, once (B11).
 */
export async function exchange(
  dispatcher: Dispatcher,
  request: WireRequest,
  deadline: Deadline,
  clock: Clock,
): Promise<Outcome> {
  const first = await attempt(dispatcher, request, deadline, clock);
  if (!('lost' in first)) return first;
  const second = await attempt(dispatcher, request, deadline, clock);
  return 'lost' in second ? { failure: networkFailure(second.lost, false) } : second;
}

/** `lost`: the error of a connection that ended before anything of the request was written. */
type Attempted = Outcome | { readonly lost: unknown };

function attempt(
  dispatcher: Dispatcher,
  request: WireRequest,
  { limitMs, dueAt, signal }: Deadline,
  clock: Clock,
): Promise<Attempted> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    let settled = false;
    /** Present from the moment undici begins to write: from then on the request may have been handled. */
    let controller: Dispatcher.DispatchController | undefined;
    let status: number | undefined;
    let headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    let bytes = 0;
    const reply = (cut: boolean): Outcome => ({
      reply: { status: status ?? 0, headers, body: Buffer.concat(chunks, bytes), cut },
    });

    const settle = (end: () => void): void => {
      if (settled) return;
      settled = true;
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
      end();
    };
    /** Settles now, and closes the connection: its answer is worth nothing any more (A8, B9). */
    const abandon = (end: () => void): void => {
      settle(end);
      controller?.abort(new Error('abandoned'));
    };
    const onAbort = (): void => abandon(() => reject(signal?.reason as Error));
    signal?.addEventListener('abort', onAbort, { once: true });

    const onTime = (): void => {
      const failure: CallFailure =
        controller === undefined
          ? { came: 'unreachable', reason: 'connect-timeout', detail: `${limitMs} ms` }
          : { came: 'timeout', afterMs: limitMs };
      abandon(() => resolve({ failure }));
    };
    const cancelTimer = afterPatiently(clock, Math.max(0, dueAt - clock.now()), onTime);

    dispatcher.dispatch(
      { ...request, body: request.body ?? null },
      {
        onRequestStart(started) {
          if (settled) started.abort(new Error('abandoned'));
          else controller = started;
        },
        onResponseStart(_, code, received) {
          if (code < 200) return; // 1xx is no answer yet
          status = code;
          headers = received;
        },
        onResponseData(_, chunk) {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > MAX_BODY_BYTES) abandon(() => resolve(reply(true)));
        },
        onResponseEnd() {
          settle(() => resolve(reply(false)));
        },
        onResponseError(_, error) {
          settle(() => {
            const written = controller !== undefined;
            if (status !== undefined) resolve(reply(true));
            else if (lostBeforeWriting(error, written)) resolve({ lost: error });
            else resolve({ failure: networkFailure(error, written) });
          });
        },
      },
    );
  });
}
