import { endOf, type Fault, type Schedule } from '../schedule.ts';
import type { World } from '../world/world.ts';
import type { Violate } from './messages.ts';

/** INV-9: calls to both regions during a fault, against those before. */
const STORM_FACTOR = 1.1;
const STORM_FLOOR_PER_S = 10;
const STORM_WINDOW_S = 3;
/** What a window may hold by chance: calls do not come at equal intervals. */
const STORM_SLACK = 4;

/** INV-9: a fault makes no storm of calls. Measured in windows of a few seconds, for each process. */
export function checkCalls({ history, schedule, startedAt }: World, violate: Violate): void {
  const refused = history.sent.filter(({ value }) => history.poison.has(value));
  // A message that the service refuses splits its batch into many small requests, until it stands alone (C2).
  const isHalving = (process: number, from: number, to: number): boolean =>
    refused.some(
      ({ process: sender, at, settledAt = Infinity }) =>
        sender === process && at < to * 1_000 && settledAt >= from * 1_000,
    );
  for (const fault of schedule.faults) {
    const begins = Math.floor((startedAt + fault.at) / 1_000);
    const seconds = stormSeconds(schedule, fault);
    history.puts.forEach((puts, process) => {
      const within = (from: number, count: number): number =>
        puts.slice(from, from + count).reduce((sum, calls) => sum + calls, 0);
      const before = Math.max(
        ...Array.from({ length: 26 }, (_, back) => within(begins - 5 - back, 5) / 5),
        STORM_FLOOR_PER_S,
      );
      const allowed = STORM_FACTOR * before * STORM_WINDOW_S + STORM_SLACK;
      for (let from = begins; from <= begins + seconds - STORM_WINDOW_S; from++) {
        const calls = within(from, STORM_WINDOW_S);
        if (calls <= allowed || isHalving(process, from, from + STORM_WINDOW_S)) continue;
        const words = `process ${process + 1}: ${calls} calls in ${STORM_WINDOW_S} s of a fault, ${before} a second before`;
        return violate('storm', words, from * 1_000);
      }
    });
  }
}

/** For how many seconds of a fault its calls are compared with those before: only when nothing else is wrong. */
function stormSeconds({ faults }: Schedule, fault: Fault): number {
  if (fault.type !== 'calls' || fault.share < 1 || fault.plane !== 'data' || fault.at < 40_000) return 0;
  const isDisturbed = faults.some(
    (other) => other !== fault && endOf(other) > fault.at - 60_000 && other.at < fault.at + 3_000,
  );
  if (isDisturbed) return 0;
  const next = Math.min(...faults.map(({ at }) => (at > fault.at ? at : Infinity)));
  return Math.floor(Math.min(fault.forMs, next - fault.at, 60_000) / 1_000);
}
