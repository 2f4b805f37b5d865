import { CallError, HaError } from '../errors.ts';
import type { Site } from './site.ts';

/** What the control plane says about a stream whose messages endpoint answered 404. */
export type Verified =
  /** Not to be written to yet: CREATING, UPDATING, or the control plane cannot be asked just now. */
  | { readonly stream: 'not-yet' }
  | { readonly stream: 'gone' }
  | { readonly stream: 'refused'; readonly error: HaError };

/**
 * A 404 has two meanings (absent, or not permitted), and neither is an outage. The primary is never made by the runtime,
 * so a primary that is gone is an error for people; a secondary that is gone can be made anew.
 */
export async function whyAbsent(site: Site, error: CallError, signal: AbortSignal): Promise<Verified> {
  const ocid = site.stream?.ocid ?? '';
  try {
    const { state } = await site.region.stream(ocid, { signal });
    if (state === 'CREATING' || state === 'UPDATING') return { stream: 'not-yet' };
    if (state !== 'ACTIVE') return gone(site, `its state is ${state}`, error);
    return refused(
      `Message not stored: stream ${ocid} is ACTIVE in ${site.name}, but this user may not write to it. ` +
        'Add the policy: Allow group <group> to use stream-push in compartment <compartment>. A policy takes a while to reach a region.',
      error,
    );
  } catch (problem) {
    if (!(problem instanceof CallError)) throw problem;
    if (problem.failure.type !== 'status' || problem.failure.status >= 429) return { stream: 'not-yet' };
    return gone(site, 'the control plane does not know it, or this user may not see it', error);
  }
}

function gone(site: Site, why: string, cause: CallError): Verified {
  if (site.role === 'secondary') return { stream: 'gone' };
  return refused(
    `Message not stored: stream ${site.stream?.ocid ?? ''} in ${site.name} cannot be written to: ${why}. ` +
      'Check primaryStreamOcid (pulumi stack output primaryStreamOcid), and the policies: read streams, use stream-push.',
    cause,
  );
}

function refused(message: string, cause: CallError): Verified {
  return { stream: 'refused', error: new HaError('NOT_AUTHORIZED_OR_NOT_FOUND', message, { cause }) };
}
