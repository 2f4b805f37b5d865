import { CONSEQUENCES, failureKind } from '../core/index.ts';
import { CallError } from '../errors.ts';
import type { Region, StreamRef, StreamState } from '../region.ts';

/**
 * Whether a stream that somebody wrote down still exists, as the control plane says. `unknown` while it cannot be asked:
 * what was written down is then believed.
 */
export type Presence =
  | { readonly is: 'there'; readonly stream: StreamState }
  | { readonly is: 'gone'; readonly because: string }
  | { readonly is: 'unknown' };

export async function stillThere(region: Region, ref: StreamRef, signal: AbortSignal): Promise<Presence> {
  try {
    const stream = await region.stream(ref.ocid, { signal });
    if (/ACTIVE|UPDATING|CREATING|UNKNOWN/.test(stream.state)) return { is: 'there', stream };
    return { is: 'gone', because: `it is ${stream.state}` };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (CONSEQUENCES[failureKind(error.failure)].retry) return { is: 'unknown' };
    return { is: 'gone', because: error.message };
  }
}
