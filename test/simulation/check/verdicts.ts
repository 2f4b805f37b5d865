import type { Role } from '../../../runtime/core/index.ts';
import { clockTime } from '../world/history.ts';
import { REGIONS } from '../world/names.ts';
import { text } from '../world/sent.ts';
import type { World } from '../world/world.ts';
import { failingMs, failingShare, onlyPrimaryDown, plainOutages, type StoredAt } from './faults-seen.ts';
import type { Violate } from './messages.ts';

/** A10 and R5: up to this share of random errors never fails over. */
const TOLERATED_SHARE = 0.31;
/** Evidence of so long ago may still count, in ms. */
const EVIDENCE_MS = 60_000;
/** A process of which nothing is stored for three of the usual waits between two messages cannot tell one partition from the region. */
const USUAL_GAPS = 3;
const SHORTEST_LATELY_MS = 10_000;
const LONGEST_LATELY_MS = 120_000;
/** A12: what is over sooner is no outage, in ms. */
const SHORTEST_OUTAGE_MS = 1_800;
/** R3: with one region well everything is stored there within so long, in ms: a refused look-up is tried again each minute. */
const WAY_MS = 95_000;
/** A19: from `send` to stored on a ready secondary, in ms; and what the machine of a loaded lane may add. */
const THROUGH_MS = 8_000;
const THROUGH_SLACK_MS = 2_500;

/** False failover: a verdict against a region that did not fail enough for it. */
export function checkVerdicts(world: World, violate: Violate): void {
  const { history, schedule, startedAt } = world;
  for (const { at, process, event } of history.events) {
    if (event.type !== 'failover-started') continue;
    const moment = at - startedAt;
    const stored = storedLately(world, process, event.role, moment);
    const share = failingShare(schedule, stored, process, event.role, moment - EVIDENCE_MS, moment);
    const failedMs = failingMs(
      schedule,
      stored,
      process,
      event.role,
      moment - EVIDENCE_MS,
      moment,
      TOLERATED_SHARE,
    );
    if (share > TOLERATED_SHARE && failedMs < SHORTEST_OUTAGE_MS) {
      violate(
        'hasty',
        `process ${process + 1} left ${event.from} for an outage of ${failedMs} ms: ${JSON.stringify(event.because)}`,
        at,
      );
    }
    if (share > TOLERATED_SHARE) continue;
    const evidence = JSON.stringify(event.because);
    violate(
      'false-failover',
      `process ${process + 1} left ${event.from} with ${share} of its calls failing: ${evidence}`,
      at,
    );
  }
}

/** What a region stored of a process in so long before a moment. */
function storedLately(world: World, process: number, role: Role, moment: number): StoredAt[] {
  const { history, schedule, startedAt } = world;
  const { everyMs = 0 } = schedule.producers[process] ?? {};
  // Where a partition refuses everything, its messages can fill a small buffer, and so hold up those of the others (seed 5102).
  if ('maxBufferBytes' in schedule.settings) return [];
  const usualMs = USUAL_GAPS * everyMs;
  const from = moment - Math.min(Math.max(usualMs, SHORTEST_LATELY_MS), LONGEST_LATELY_MS);
  return history.sent.flatMap(({ process: sender, outcome, settledAt = 0 }): StoredAt[] => {
    const at = settledAt - startedAt;
    if (sender !== process || outcome?.type !== 'stored' || at < from || at > moment) return [];
    const { region, partition } = outcome.receipt;
    return region === REGIONS[role] ? [{ partition, at }] : [];
  });
}

/** A1 to A9, A19: in a whole outage of the primary a message is through on a ready secondary within seconds. */
export function checkThrough(world: World, violate: Violate): void {
  const { history, schedule, startedAt } = world;
  for (const outage of plainOutages(schedule)) {
    const from = startedAt + outage.at;
    for (const sent of history.sent) {
      if (sent.at < from || sent.at > from + 10_000 || sent.aborts || history.poison.has(sent.value))
        continue;
      if (sent.outcome?.type === 'dead') continue;
      const tookMs = (sent.settledAt ?? Infinity) - sent.at;
      if (tookMs <= THROUGH_MS + THROUGH_SLACK_MS) continue;
      const words = `${text(sent.value)} took ${tookMs} ms in an outage (${JSON.stringify(outage.how)})`;
      violate('late', words, sent.at);
      break;
    }
  }
}

/** R3: while one region is well, its messages are not kept waiting by the other one, whatever was wrong before. */
export function checkWay({ history, schedule, startedAt }: World, violate: Violate): void {
  if (schedule.settings['failoverOnThrottle'] === false) return;
  for (const { from } of onlyPrimaryDown(schedule, WAY_MS + 30_000)) {
    const wellSince = startedAt + from;
    const late = history.sent.find(
      ({ at, settledAt = Infinity, aborts, outcome }) =>
        at > wellSince - 60_000 &&
        at < wellSince + 25_000 &&
        !aborts &&
        outcome?.type !== 'dead' &&
        settledAt > wellSince + WAY_MS,
    );
    if (late !== undefined)
      violate(
        'no-way',
        `${text(late.value)} waits although the secondary is well since ${clockTime(wellSince)}`,
        late.at,
      );
  }
}
