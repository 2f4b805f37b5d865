import type { CallFailure } from '../core/index.ts';
import { answerOf, type CallOptions, type Region, type StreamRef } from '../region.ts';

/** No probe lasts longer (ms). */
export const PROBE_TIMEOUT_MS = 2_000;

/**
 * A put of nothing: the operation, the host and the permission of the real thing, and nothing to store. Undefined: the
 * region answered (the service may refuse an empty put with 400; then it is well enough to refuse).
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
