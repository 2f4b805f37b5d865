import type { CallFailure } from '../core/index.ts';
import { CallError } from '../errors.ts';
import type { CallOptions, Region, StreamRef } from '../region.ts';

/** No probe lasts longer (ms). */
export const PROBE_TIMEOUT_MS = 2_000;

/**
 * A put of nothing: the operation, the host and the permission of the real thing, and nothing to store. Null: the
 * region answered (the service may refuse an empty put with 400; then it is well enough to refuse).
 */
export async function probe(
  region: Region,
  stream: StreamRef,
  options: CallOptions = {},
): Promise<CallFailure | null> {
  try {
    await region.put(stream, [], { timeoutMs: PROBE_TIMEOUT_MS, ...options });
    return null;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return error.failure.type === 'status' && error.failure.status === 400 ? null : error.failure;
  }
}
