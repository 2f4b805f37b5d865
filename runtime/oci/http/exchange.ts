import type { Dispatcher } from 'undici';

import type { Clock } from '../../clock.ts';
import { Attempt, type Attempted } from './attempt.ts';
import type { Deadline } from './deadline.ts';
import { networkFailure } from './network-failure.ts';
import type { Outcome } from './reply.ts';

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
  const send = async (): Promise<Attempted> => {
    deadline.signal?.throwIfAborted();
    const attempt = new Attempt(deadline, clock);
    dispatcher.dispatch({ ...request, body: request.body ?? null }, attempt);
    return attempt.outcome;
  };
  const first = await send();
  if (!('lost' in first)) return first;
  const second = await send();
  return 'lost' in second ? { failure: networkFailure(second.lost, false) } : second;
}
