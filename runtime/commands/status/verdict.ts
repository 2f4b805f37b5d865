import { failureKind, inShort, type CallFailure } from '../../core/index.ts';
import type { Role } from '../../events.ts';
import { EXIT } from '../exit-codes.ts';

/** How a region answered one call. */
export type RegionAnswer =
  | { readonly type: 'answered' }
  /** A fault of the region, or of the network on the way to it. */
  | { readonly type: 'down'; readonly words: string; readonly isNameUnknown?: boolean }
  /** Credentials, permission, configuration: it says nothing about the region. */
  | { readonly type: 'refused'; readonly words: string }
  | { readonly type: 'not-asked'; readonly words: string };

export interface StreamSeen {
  /** Null: only the control plane knows it, and it did not answer. */
  readonly name: string | null;
  readonly ocid: string;
  readonly endpoint: string;
  readonly state: string | null;
  readonly partitions: number | null;
}

/** What can be seen of one region from here. */
export interface RegionSeen {
  readonly role: Role;
  readonly region: string;
  /** Null: no stream is known; `control` says whether there is none. */
  readonly stream: StreamSeen | null;
  /** The control plane answered, and there is no such stream. */
  readonly isAbsent: boolean;
  readonly control: RegionAnswer;
  readonly data: RegionAnswer;
}

export interface ProcessView {
  readonly pid: number;
  readonly component: string;
  readonly region: string | null;
  readonly liveness: 'running' | 'elsewhere';
}

export type Verdict = 'healthy' | 'failed over' | 'both down' | 'cannot tell';

export interface Judged {
  readonly verdict: Verdict;
  readonly because: string;
}

export const VERDICT_CODES: Readonly<Record<Verdict, number>> = {
  healthy: EXIT.done,
  'failed over': EXIT.failedOver,
  'both down': EXIT.bothDown,
  'cannot tell': EXIT.cannotTell,
};

/** The answer that a failed call is. */
export function regionAnswer(failure: CallFailure): RegionAnswer {
  const kind = failureKind(failure);
  const words = failure.type === 'status' ? `${failure.status} ${failure.code}`.trim() : inShort(failure);
  switch (kind) {
    case 'auth-fault':
      return { type: 'refused', words: `not permitted (${words})` };
    case 'absent':
      return { type: 'refused', words: `no such stream, or not permitted (${words})` };
    case 'caller-fault':
    case 'misconfigured':
      return { type: 'refused', words };
    case 'local-fault':
      return { type: 'not-asked', words };
    case 'region-fault':
    case 'ambiguous':
    case 'unreachable':
    case 'throttled':
      return failure.type === 'unreachable' && failure.reason === 'dns'
        ? { type: 'down', words, isNameUnknown: true }
        : { type: 'down', words };
    case 'conflict':
      return { type: 'answered' };
  }
}

/** The verdict. `active`: according to the record. */
export function judge(
  active: Role,
  primary: RegionSeen,
  secondary: RegionSeen,
  processes: readonly ProcessView[],
): Judged {
  const seen = { primary, secondary };
  const other = active === 'primary' ? secondary : primary;
  const here = seen[active];
  const [fault, otherFault] = [faultOf(here), faultOf(other)];
  if (isNameUnknown(here) && isNameUnknown(other)) {
    return {
      verdict: 'cannot tell',
      because: 'the names of both regions do not resolve: the fault may be on this machine or its network',
    };
  }
  if (fault !== undefined && otherFault !== undefined) {
    return {
      verdict: 'both down',
      because: `${here.region}: ${fault}; ${other.region}: ${otherFault}`,
    };
  }
  if (here.data.type !== 'answered') return cannotTell(here, other);
  const elsewhere = writersElsewhere(here.region, processes);
  if (elsewhere.length > 0) {
    return {
      verdict: 'cannot tell',
      because: `the record says ${here.region}, but ${elsewhere.join(', ')}`,
    };
  }
  const because = `${here.region} (${active}) is active and takes messages`;
  return { verdict: active === 'primary' ? 'healthy' : 'failed over', because };
}

/** Producers of this machine that write to another region than the recorded one. */
function writersElsewhere(region: string, processes: readonly ProcessView[]): string[] {
  return processes
    .filter(({ component, liveness }) => component === 'producer' && liveness === 'running')
    .filter((each) => each.region !== null && each.region !== region)
    .map(({ pid, region: there }) => `producer ${pid} writes to ${there}`);
}

/** Why a region is down; undefined: it is not, or it is not known. A region whose control plane is down and whose stream is not known counts as down. */
function faultOf({ data, control }: RegionSeen): string | undefined {
  if (data.type === 'down') return data.words;
  return data.type === 'not-asked' && control.type === 'down' ? control.words : undefined;
}

/** A name that does not resolve can be the fault of this machine, above all when the other region has the same. */
function isNameUnknown({ data, control }: RegionSeen): boolean {
  const answer = data.type === 'not-asked' ? control : data;
  return answer.type === 'down' && answer.isNameUnknown === true;
}

function cannotTell(here: RegionSeen, other: RegionSeen): Judged {
  const verdict = 'cannot tell';
  const fault = faultOf(here);
  if (fault !== undefined && other.data.type === 'answered') {
    return {
      verdict,
      because: `${here.region} is down (${fault}) and ${other.region} takes messages, but the record does not say so: no producer has met the outage yet`,
    };
  }
  if (fault !== undefined && other.isAbsent) {
    return {
      verdict,
      because: `${here.region} is down (${fault}); ${other.region} has no stream yet, a producer creates it when it fails over`,
    };
  }
  const words = [here, other].map(
    ({ region, data }) => `${region}: ${data.type === 'answered' ? 'answers' : data.words}`,
  );
  return { verdict, because: words.join('; ') };
}
