import type { HttpRequest } from 'oci-common';
import type { Dispatcher } from 'undici';

import type { Clock } from '../clock.ts';
import type { EventListener } from '../events.ts';
import type { Auth } from './auth/index.ts';
import type { ClockSkew } from './clock-skew.ts';
import {
  exchange,
  headerOf,
  printable,
  type Deadline,
  type Outcome,
  type WireRequest,
} from './http/index.ts';

/** What the calls to one region share. */
export interface Line {
  readonly region: string;
  readonly auth: Auth;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly dispatcher: Dispatcher;
  readonly skew: ClockSkew;
}

/**
 * Signs a request and sends it. A 401 was not processed, so it may go again: once when the region's clock shows that ours
 * is wrong (C3), once when there are newer credentials (C6). Rejects only with the signal's reason.
 */
export async function signedExchange(
  line: Line,
  request: HttpRequest,
  excludeBody: boolean,
  deadline: Deadline,
): Promise<Outcome> {
  let mayCorrect = true;
  let mayRenew = true;
  for (;;) {
    const skewMs = line.skew.ms;
    const fault = await sign(line, request, excludeBody, skewMs);
    if (fault !== undefined) return { failure: { type: 'local', detail: fault } };
    if (line.clock.now() > deadline.dueAt) {
      const detail = `${line.auth.identity} took longer than ${deadline.limitMs} ms to sign`;
      return { failure: { type: 'local', detail } };
    }
    const outcome = await exchange(line.dispatcher, wireRequest(request), deadline, line.clock);
    if (!('reply' in outcome) || outcome.reply.status !== 401) return outcome;

    if (mayCorrect && corrected(line, headerOf(outcome.reply, 'date'), skewMs)) mayCorrect = false;
    else if (mayRenew && (await renewed(line.auth))) mayRenew = false;
    else return outcome;
  }
}

/** Signs in place. No token to sign with (an instance principal's, say) is this machine's trouble: gives the words for it. */
async function sign(
  { auth, clock }: Line,
  request: HttpRequest,
  excludeBody: boolean,
  skewMs: number,
): Promise<string | undefined> {
  const date = new Date(clock.wall() + skewMs).toUTCString();
  // The signing library adds `date` of its own when it is missing; the service prefers `x-date`, which is signed.
  request.headers.set('date', date);
  request.headers.set('x-date', date);
  try {
    await auth.sign(request, excludeBody);
    return undefined;
  } catch (error) {
    const { message } = error as { message?: unknown };
    return printable(
      `${auth.identity} cannot sign: ${typeof message === 'string' ? message : String(error)}`,
    );
  }
}

function corrected({ region, clock, emit, skew }: Line, date: string | undefined, usedMs: number): boolean {
  const byMs = skew.learn(date, clock.wall());
  if (byMs !== undefined) emit({ type: 'clock-corrected', region, byMs });
  return skew.ms !== usedMs; // also when another call has learnt it meanwhile
}

async function renewed(auth: Auth): Promise<boolean> {
  try {
    return await auth.renew();
  } catch {
    return false; // the 401 says enough
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
    body: body as string,
  };
}
