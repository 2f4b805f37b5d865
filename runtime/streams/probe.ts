import type { Clock } from '../clock.ts';
import { type CallFailure, isTransient } from '../core/index.ts';
import { answerOf, type CallOptions, type Region, type StreamRef, type StreamState } from '../region.ts';

/** The time limit of a probe (ms). */
export const PROBE_TIMEOUT_MS = 2_000;

/**
 * A put without messages: it needs the operation, the host and the permission of a real put, and stores nothing.
 * Undefined: the region answered. (It may refuse an empty put with 400, which is an answer too.)
 */
export async function probe(
  region: Region,
  stream: StreamRef,
  options: CallOptions = {},
): Promise<CallFailure | undefined> {
  const put = (): ReturnType<Region['put']> =>
    region.put(stream, [], { timeoutMs: PROBE_TIMEOUT_MS, ...options });
  const answer = await answerOf(put, options.signal);
  if (answer.ok) return undefined;
  const { failure } = answer;
  return failure.type === 'status' && failure.status === 400 ? undefined : failure;
}

/**
 * A new stream is ACTIVE within about 15 s. It is checked four times in the first second, then each second; the limit
 * is 5 calls a second.
 */
const POLLS_MS = [50, 200, 250, 500];
const POLL_MS = 1_000;

interface WaitParts {
  readonly region: Region;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before each pause. */
  readonly onWaiting?: (stream: StreamState, forMs: number) => void;
}

export type Awaited =
  | { readonly type: 'usable'; readonly state: StreamState }
  | { readonly type: 'ended'; readonly state: StreamState }
  | { readonly type: 'failed'; readonly failure: CallFailure };

/** Waits until a new stream can be used. A temporary failure of the control plane does not end the wait. */
export async function untilActive(stream: StreamState, parts: WaitParts): Promise<Awaited> {
  const { region, clock, signal, onWaiting } = parts;
  const startedAt = clock.now();
  let state = stream;
  for (let poll = 0; state.state === 'CREATING' || state.state === 'UNKNOWN'; poll++) {
    onWaiting?.(state, clock.now() - startedAt);
    await clock.sleep(POLLS_MS[poll] ?? POLL_MS, { signal }).catch(() => {});
    if (signal.aborted) return { type: 'failed', failure: { type: 'aborted', written: false } };
    const answer = await answerOf(() => region.stream(stream.ocid, { signal }), signal);
    if (answer.ok) state = answer.value;
    else if (!isTransient(answer.failure)) return { type: 'failed', failure: answer.failure };
  }
  const usable = state.state === 'ACTIVE' || state.state === 'UPDATING';
  return { type: usable ? 'usable' : 'ended', state };
}
