import type { Clock } from '../clock.ts';
import { isTransient, type Role, type StreamRef } from '../core/index.ts';
import { HaError, type CallError } from '../errors.ts';
import { answerOf, type Region } from '../region.ts';

/** What the control plane tells about a stream whose messages endpoint answered 404. */
export type Verified =
  /** It cannot be written to yet (CREATING, UPDATING), or the control plane cannot answer now. */
  | { readonly type: 'not-yet' }
  /** A secondary that is gone: another one can be created. */
  | { readonly type: 'gone' }
  /** It is ACTIVE, and this user may not write to it, or not yet. */
  | { readonly type: 'refused'; readonly error: HaError }
  /** A primary that is gone: only a person can create one. */
  | { readonly type: 'lost'; readonly error: HaError };

interface Target {
  readonly role: Role;
  readonly region: Region;
  readonly stream: StreamRef;
}

/**
 * An answer of the control plane is shared for so long, in ms: lanes fail together, and the limit is 5 calls a second.
 */
const SHARED_MS = 500;

/** Asks the control plane about streams that answer 404; lanes share its answers. */
export class AbsenceChecks {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #latest = new Map<
    Role,
    { readonly ocid: string; readonly at: number; readonly verified: Promise<Verified> }
  >();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  verify(asked: Target, error: CallError, signal: AbortSignal): Promise<Verified> {
    const latest = this.#latest.get(asked.role);
    const { ocid } = asked.stream;
    const now = this.#clock.now();
    if (latest?.ocid === ocid && now - latest.at < SHARED_MS) return latest.verified;
    const verified = verifyAbsence(asked, error, signal);
    this.#latest.set(asked.role, { ocid, at: now, verified });
    return verified;
  }
}

/** A 404 has two meanings (absent, or not permitted), and neither is an outage. */
async function verifyAbsence(
  { role, region, stream }: Target,
  error: CallError,
  signal: AbortSignal,
): Promise<Verified> {
  const answer = await answerOf(() => region.stream(stream.ocid, { signal }), signal);
  if (!answer.ok) {
    const { failure } = answer;
    if (isTransient(failure)) return { type: 'not-yet' };
    if (failure.type === 'status' && failure.status === 404) {
      return gone('the control plane does not know it, or this user may not see it');
    }
    return {
      type: 'refused',
      error: notWritable(`the messages endpoint answers 404, and the control plane cannot tell why`, error),
    };
  }
  const { state } = answer.value;
  if (state === 'CREATING' || state === 'UPDATING' || state === 'UNKNOWN') return { type: 'not-yet' };
  if (state !== 'ACTIVE') return gone(`its state is ${state}`);
  return {
    type: 'refused',
    error: notWritable(
      'it is ACTIVE, but this user may not write to it. Add the policy: Allow group <group> to use stream-push in compartment <compartment>',
      error,
    ),
  };

  function gone(why: string): Verified {
    if (role === 'secondary') return { type: 'gone' };
    const check =
      'Check primaryStreamOcid (pulumi stack output primaryStreamOcid) and the policies read streams and use stream-push';
    return { type: 'lost', error: notWritable(`${why}. ${check}`, error) };
  }

  function notWritable(why: string, cause: CallError): HaError {
    const words = `The message is not stored: stream ${stream.ocid} in ${region.name} cannot be written to: ${why}.`;
    return new HaError('NOT_AUTHORIZED_OR_NOT_FOUND', words, { cause });
  }
}
