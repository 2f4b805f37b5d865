import { endOf } from '../schedule.ts';
import { clockTime, type Violation } from '../world/history.ts';
import { REGIONS } from '../world/names.ts';
import { text } from '../world/sent.ts';
import type { World } from '../world/world.ts';
import { checkCalls } from './calls.ts';
import { checkMessages, type JudgedRun, type StoredPlace, type Violate } from './messages.ts';
import { checkThrough, checkVerdicts, checkWay } from './verdicts.ts';

const ROLES = ['primary', 'secondary'] as const;

/**
 * Judges a run that has ended, by what the regions hold and what the programs were told. Code of its own: it shares no
 * rule with the runtime. What could be seen on the way is in the history's violations already.
 */
export function check(world: World): Violation[] {
  const end = world.scheduler.now;
  const found = [...world.history.violations];
  const violate = (type: string, detail: string, at = end): void => void found.push({ type, at, detail });
  checkMessages(judgedRun(world), violate);
  checkStats(world, violate);
  checkHandled(world, violate);
  checkGaps(world, violate);
  checkRejections(world, violate);
  checkVerdicts(world, violate);
  checkThrough(world, violate);
  checkWay(world, violate);
  checkCalls(world, violate);
  checkAgreement(world, violate);
  checkSecondaries(world, violate);
  return found;
}

function judgedRun(world: World): JudgedRun {
  const { history, schedule } = world;
  let reordered = history.reorderedUnseen;
  for (const { event } of history.events) if (event.type === 'reordered') reordered += event.messages;
  return {
    sent: history.sent,
    stored: storedPlaces(world),
    removed: history.removedValues,
    setAside: new Set(world.setAside()),
    reordered,
    hasOutbox: schedule.settings['outbox'] !== undefined,
    mayTakeOver: (process) => {
      const { machine } = schedule.producers[process]!;
      return schedule.producers.some((other, index) => index !== process && other.machine === machine);
    },
  };
}

function storedPlaces(world: World): Map<string, StoredPlace[]> {
  const byValue = new Map<string, StoredPlace[]>();
  for (const role of ROLES) {
    for (const { id, partitions } of world.region(role).state.streams.values()) {
      partitions.forEach((log, partition) => {
        for (const { value, offset } of log.read(0, Infinity)) {
          const place = { region: REGIONS[role], stream: id, partition: String(partition), offset };
          const content = world.history.contents.of(value);
          const others = byValue.get(content);
          if (others === undefined) byValue.set(content, [place]);
          else others.push(place);
        }
      });
    }
  }
  return byValue;
}

/** INV-11: what never settled, in the producer's own numbers. */
function checkStats({ history, producers }: World, violate: Violate): void {
  if (history.open === 0) return;
  for (const { running, index } of producers) {
    if (running !== undefined)
      violate('unsettled', `process ${index + 1}: ${JSON.stringify(running.stats())}`);
  }
}

/** Unseen, stranded: what a region holds and nobody handled, though it could be read for minutes. */
function checkHandled(world: World, violate: Violate): void {
  const left = world.unhandled();
  if (left.length > 0)
    violate('unseen', `${left.length} messages were never handled: ${left.slice(0, 3).join('; ')}`);
}

/** H10: what retention removed unread is told of. */
function checkGaps({ history }: World, violate: Violate): void {
  const gaps = history.events.flatMap(({ event }) => (event.type === 'gap' ? [event] : []));
  const untold = history.removed.filter(
    ({ region, partition, offset }) =>
      !gaps.some(
        (gap) =>
          gap.region === region &&
          (gap.partition ?? partition) === partition &&
          (gap.from ?? 0) <= offset &&
          (gap.to ?? Infinity) >= offset,
      ),
  );
  const [first] = untold;
  if (first === undefined) return;
  const place = `${first.region} partition ${first.partition} offset ${first.offset}`;
  violate('untold-gap', `${untold.length} messages were removed unread, and no gap names them: ${place}`);
}

/** INV-1, INV-10: a rejection names its reason, and the reason was there. */
function checkRejections(world: World, violate: Violate): void {
  const { history, schedule, startedAt } = world;
  const { faults } = schedule;
  const during = (at: number, settledAt: number, slackMs: number): boolean =>
    faults.some((fault) => fault.at <= settledAt - startedAt && endOf(fault) >= at - startedAt - slackMs);
  const refusals = faults.some(
    (fault) =>
      fault.type === 'calls' &&
      fault.how.type === 'status' &&
      [400, 401, 403, 404].includes(fault.how.status),
  );
  for (const sent of history.sent) {
    const { outcome, at, settledAt = at, value, aborts } = sent;
    if (outcome?.type !== 'rejected') continue;
    const is = (...codes: string[]): boolean => codes.includes(outcome.code);
    const isExpected =
      (is('REJECTED') && (history.poison.has(value) || refusals)) ||
      (is('ABORTED') && aborts) ||
      (is('AUTH', 'NOT_AUTHORIZED_OR_NOT_FOUND') &&
        (refusals || faults.some(({ type }) => type === 'delete-secondary'))) ||
      (is('CLOSED') &&
        faults.some(
          ({ type, ...rest }) => type === 'stop' && 'process' in rest && rest.process === sent.process,
        )) ||
      (is('BUFFER_FULL', 'DELIVERY_TIMEOUT') && (during(at, settledAt, 120_000) || isSqueezed(world))) ||
      (is('OUTBOX_FULL') && during(at, settledAt, 120_000) && canOutboxFill(world));
    if (!isExpected)
      violate('rejected', `${text(value)} of ${clockTime(at)}: ${outcome.code} without a reason`, settledAt);
  }
}

/** A small buffer and the service's limits can be too little for a burst at any time. */
function isSqueezed({ schedule }: World): boolean {
  return 'maxBufferBytes' in schedule.settings || schedule.strictLimits;
}

/** The outbox takes no more at its limit, or when its disk does not: only worlds with one of these may say so. */
function canOutboxFill({ schedule: { settings, faults } }: World): boolean {
  return 'maxOutboxBytes' in settings || faults.some(({ type }) => type === 'disk');
}

/** R7: in a world that is well, processes that share a record agree, and the record says what they do. */
function checkAgreement(world: World, violate: Violate): void {
  const byMachine = new Map<number, Map<string, number>>();
  for (const { running, process, machine, index } of world.producers) {
    const active = running?.stats().active;
    if (running === undefined || process === undefined) continue;
    if (active === undefined) {
      violate('nowhere', `process ${index + 1} writes to no region, in a world that is well`);
      continue;
    }
    const seen = byMachine.get(machine) ?? new Map<string, number>();
    byMachine.set(machine, seen.set(active.region, index));
    const recorded = world.recordedRegion(machine);
    const isWell = world.scheduler.now - world.disk(machine).wellSince > 30_000;
    const activeForMs = process.clock.wall() - Date.parse(active.since);
    if (isWell && activeForMs > 30_000 && recorded !== active.region) {
      const isFirst = recorded === undefined && active.region === REGIONS.primary;
      if (!isFirst)
        violate(
          'record',
          `process ${index + 1} writes to ${active.region}, the record says ${recorded ?? 'nothing'}`,
        );
    }
  }
  for (const [machine, regions] of byMachine) {
    if (regions.size > 1)
      violate('disagree', `processes of machine ${machine} write to ${[...regions.keys()].join(' and ')}`);
  }
}

/** INV-4: one secondary stream. */
function checkSecondaries(world: World, violate: Violate): void {
  const live = [...world.region('secondary').state.streams.values()].filter(
    ({ lifecycleState }) => lifecycleState === 'ACTIVE' || lifecycleState === 'CREATING',
  );
  if (live.length > 1) violate('secondaries', `${live.length} secondary streams exist`);
}
