import type { Role } from '../../../runtime/core/index.ts';
import { endOf, type Fault, type How, type Schedule } from '../schedule.ts';

/** What the schedule does to the calls of one process, asked by the checker: its own reading of the faults. */

/** That a partition of a region stored something, and when, in ms from the beginning. */
export interface StoredAt {
  readonly partition: string;
  readonly at: number;
}

/**
 * How many of the writes of a process to a region fail at most, within `from` to `to`, in ways that may be held against it: as a
 * share of those that fail so or are stored. `stored`: what the region stored of that process lately.
 */
export function failingShare(
  schedule: Schedule,
  stored: readonly StoredAt[],
  process: number,
  role: Role,
  from: number,
  to: number,
): number {
  let held = 0;
  let neither = 0;
  for (const fault of schedule.faults) {
    if (fault.at > to || endOf(fault) < from) continue;
    if (fault.type === 'calls' && isOf(fault, process, role)) {
      if (isHeldAgainst(fault.how)) held += fault.share;
      else if (fault.how.type !== 'slow') neither = Math.max(neither, fault.share);
    }
    if (fault.type === 'entries' && fault.region === role && isWhole(fault, stored)) held += fault.share;
  }
  // Where every other call is refused with 401, nothing speaks for the region.
  const succeeding = Math.max(0, 1 - held) * (1 - neither);
  return held === 0 ? 0 : held / (held + succeeding);
}

/** Refused entries are a failure of the region when meanwhile nothing of that process is stored in another partition. */
function isWhole(
  { partition, at: begins }: Extract<Fault, { type: 'entries' }>,
  stored: readonly StoredAt[],
): boolean {
  return (
    partition === undefined || stored.every((each) => each.at < begins || each.partition === `${partition}`)
  );
}

/** For how long, within `from` to `to`, more of the writes failed than is tolerated, in ms. */
export function failingMs(
  schedule: Schedule,
  stored: readonly StoredAt[],
  process: number,
  role: Role,
  from: number,
  to: number,
  toleratedShare: number,
): number {
  const edges = [from, to];
  for (const fault of schedule.faults) edges.push(fault.at, endOf(fault));
  const within = [...new Set(edges.map((edge) => Math.min(Math.max(edge, from), to)))].toSorted(
    (a, b) => a - b,
  );
  let ms = 0;
  within.forEach((edge, index) => {
    const next = within[index + 1];
    if (next === undefined) return;
    const middle = (edge + next) / 2;
    if (failingShare(schedule, stored, process, role, middle, middle) > toleratedShare) ms += next - edge;
  });
  return ms;
}

function isOf(fault: Extract<Fault, { type: 'calls' }>, process: number, role: Role): boolean {
  return (
    fault.region === role &&
    fault.plane === 'data' &&
    fault.calls !== 'reads' &&
    (fault.process === undefined || fault.process === process)
  );
}

/** INV-10: what is the caller's or the configuration's fault is not; nor is a call that is merely slow. */
function isHeldAgainst(how: How): boolean {
  switch (how.type) {
    case 'status':
      return how.status >= 500 || how.status === 408 || how.status === 429;
    case 'refused':
    case 'dns':
    case 'tls':
    case 'network':
    case 'hang':
    case 'reset':
    case 'unreadable':
    case 'short':
      return true;
    case 'local':
    case 'throws':
    case 'slow':
      return false;
  }
}

/** Whole outages of the primary that come alone: every process must be through on the secondary soon. */
export function plainOutages(schedule: Schedule): Extract<Fault, { type: 'calls' }>[] {
  if (!schedule.secondaryReady || schedule.settings['failoverOnThrottle'] === false) return [];
  return schedule.faults.filter((fault): fault is Extract<Fault, { type: 'calls' }> => {
    if (fault.type !== 'calls' || fault.region !== 'primary' || fault.plane !== 'data') return false;
    const isWhole = fault.share === 1 && fault.process === undefined && fault.calls !== 'reads';
    if (!isWhole || !isHeldAgainst(fault.how) || fault.forMs < 20_000 || fault.at < 30_000) return false;
    if (fault.how.type === 'unreadable' || fault.how.type === 'short') return false;
    // Who is told to wait waits: B8.
    if (fault.how.type === 'status' && fault.how.retryAfter !== undefined) return false;
    return schedule.faults.every(
      (other) =>
        other === fault ||
        (other.type === 'calls' && other.plane === 'control' && other.region === 'primary') ||
        other.at > fault.at + 25_000 ||
        // A secondary that was deleted is made anew by the failover.
        (other.type !== 'delete-secondary' && endOf(other) < fault.at - 120_000),
    );
  });
}

/** From when to when only the primary is down, wholly, and all else is well; only when that lasts for `forMs`. */
export function onlyPrimaryDown(
  schedule: Schedule,
  forMs: number,
): readonly { readonly from: number; readonly to: number }[] {
  const found: { readonly from: number; readonly to: number }[] = [];
  for (const fault of schedule.faults) {
    if (fault.type !== 'calls' || fault.region !== 'primary' || fault.plane !== 'data') continue;
    if (
      fault.share < 1 ||
      fault.calls === 'reads' ||
      fault.process !== undefined ||
      !isHeldAgainst(fault.how)
    )
      continue;
    if (fault.how.type === 'short' || fault.how.type === 'unreadable') continue;
    if (fault.how.type === 'status' && fault.how.status === 429) continue;
    const others = schedule.faults.filter(
      (other) =>
        other !== fault &&
        !(other.type === 'calls' && other.region === 'primary' && isHeldAgainst(other.how)) &&
        other.type !== 'burst',
    );
    const begun = others.filter((other) => other.at < endOf(fault));
    const from = Math.max(
      fault.at,
      ...begun.filter((other) => endOf(other) < endOf(fault)).map((other) => endOf(other)),
    );
    const isDisturbed = begun.some((other) => endOf(other) >= endOf(fault));
    if (!isDisturbed && endOf(fault) - from >= forMs) found.push({ from, to: endOf(fault) });
  }
  return found;
}
