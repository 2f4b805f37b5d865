import type { Role } from '../../../runtime/core/index.ts';
import { endOf, type Fault, type Schedule } from '../schedule.ts';
import { clockTime, type Violation } from '../world/history.ts';
import { text, type Sent } from '../world/sent.ts';
import { REGIONS } from '../world/names.ts';
import type { World } from '../world/world.ts';
import { failingMs, failingShare, onlyPrimaryDown, plainOutages } from './faults-seen.ts';

const ROLES = ['primary', 'secondary'] as const;

/** A10 and R5: up to this share of random errors never fails over. */
const TOLERATED_SHARE = 0.31;
/** Evidence of so long ago may still count, in ms. */
const EVIDENCE_MS = 60_000;
/** A12: what is over sooner is no outage, in ms. */
const SHORTEST_OUTAGE_MS = 1_800;
/** R3: with one region well everything is stored there within so long, in ms: a refused look-up is tried again each minute. */
const WAY_MS = 95_000;
/** A19: from `send` to stored on a ready secondary, in ms; and what the machine of a loaded lane may add. */
const THROUGH_MS = 8_000;
const THROUGH_SLACK_MS = 2_500;
/** INV-9: calls to both regions during a fault, against those before. */
const STORM_FACTOR = 1.1;
const STORM_FLOOR_PER_S = 10;
const STORM_WINDOW_S = 3;
/** Calls that begin at once when a switch is over: one for each lane. */
const STORM_SLACK = 8;

/**
 * Judges a run that has ended, by what the regions hold and what the programs were told. Code of its own: it shares no
 * rule with the runtime. What could be seen on the way is in the history's violations already.
 */
export function check(world: World): Violation[] {
  const end = world.scheduler.now;
  const found = [...world.history.violations];
  const violate = (type: string, detail: string, at = end): void => void found.push({ type, at, detail });
  const logs = readLogs(world);
  checkReceipts(world, logs, violate);
  checkOrder(world, logs, violate);
  checkSpooled(world, logs, violate);
  checkSettled(world, violate);
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

type Violate = (type: string, detail: string, at?: number) => void;

interface Stored {
  readonly role: Role;
  readonly stream: string;
  readonly partition: string;
  readonly offset: number;
}

interface Logs {
  readonly byValue: ReadonlyMap<string, readonly Stored[]>;
  /** Streams that were deleted in the run: what they held is gone, and that was said. */
  readonly gone: ReadonlySet<string>;
}

function readLogs(world: World): Logs {
  const byValue = new Map<string, Stored[]>();
  const gone = new Set<string>();
  for (const role of ROLES) {
    for (const { id, partitions, lifecycleState } of world.region(role).state.streams.values()) {
      if (lifecycleState !== 'ACTIVE') gone.add(id);
      partitions.forEach((log, partition) => {
        for (const { value, offset } of log.read(0, Infinity)) {
          const stored = { role, stream: id, partition: String(partition), offset };
          const content = world.history.contents.of(value);
          const others = byValue.get(content);
          if (others === undefined) byValue.set(content, [stored]);
          else others.push(stored);
        }
      });
    }
  }
  return { byValue, gone };
}

/** Lost: a receipt for what the region does not hold at that place. Copies beyond doubtful attempts are seen on the way. */
function checkReceipts({ history }: World, { byValue }: Logs, violate: Violate): void {
  for (const sent of history.sent) {
    if (sent.outcome?.type !== 'stored') continue;
    const { region, stream, partition, offset } = sent.outcome.receipt;
    if (history.removedValues.has(sent.value)) continue;
    const places = byValue.get(sent.value) ?? [];
    const isThere = places.some(
      (place) =>
        REGIONS[place.role] === region &&
        place.stream === stream &&
        place.partition === partition &&
        place.offset === offset,
    );
    if (!isThere)
      violate(
        'lost',
        `${text(sent.value)} has a receipt for ${region} ${partition} ${offset} and is not there`,
      );
  }
}

/** INV-2: receipts of one key and one region follow the order of `send`; `reordered` events count the exceptions. */
function checkOrder({ history }: World, { byValue }: Logs, violate: Violate): void {
  let excused = 0;
  for (const { event } of history.events) if (event.type === 'reordered') excused += event.messages;
  const last = new Map<string, { readonly offset: number; readonly sent: Sent }>();
  const first = new Map<string, { readonly offset: number; readonly sent: Sent }>();
  let overtaken = 0;
  let example = '';
  for (const sent of history.sent) {
    if (sent.outcome?.type !== 'stored' || sent.key === '') continue;
    const { stream, partition, offset } = sent.outcome.receipt;
    const line = `${sent.life} ${sent.key} ${stream} ${partition}`;
    const before = last.get(line);
    if (before !== undefined && before.offset > offset) {
      overtaken++;
      example = `${text(before.sent.value)} at ${before.offset}, then ${text(sent.value)} at ${offset}`;
    }
    if (before === undefined || before.offset < offset) last.set(line, { offset, sent });
    // The first copy of each as well: a reader sees that one first.
    const copies = (byValue.get(sent.value) ?? []).filter((place) => place.stream === stream);
    if (copies.length === 0) continue;
    const firstOffset = Math.min(...copies.map((place) => place.offset));
    const firstBefore = first.get(line);
    if (firstBefore !== undefined && firstBefore.offset > firstOffset) overtaken++;
    if (firstBefore === undefined || firstBefore.offset < firstOffset)
      first.set(line, { offset: firstOffset, sent });
  }
  // An entry that was overtaken is seen once by its receipt and once by its first copy.
  if (overtaken > 2 * excused) violate('out-of-order', `${overtaken} (${excused} told of): ${example}`);
}

/**
 * F4, F5: what was acknowledged by the disk is in a region, or set aside with a reason, and old messages of a key come before
 * new ones, also those of an earlier life.
 */
function checkSpooled(world: World, { byValue }: Logs, violate: Violate): void {
  const { history, schedule } = world;
  const aside = new Set(world.setAside());
  const last = new Map<string, { readonly offset: number; readonly sent: Sent }>();
  let excused = 0;
  for (const { event } of history.events) if (event.type === 'reordered') excused += event.messages;
  for (const sent of history.sent) {
    const copies = byValue.get(sent.value) ?? [];
    if (sent.outcome?.type === 'spooled' && copies.length === 0 && !aside.has(sent.value)) {
      violate('lost', `${text(sent.value)} was acknowledged by the disk and is in no region`);
    }
    if (schedule.settings['outbox'] === undefined || sent.key === '') continue;
    const [first] = copies.toSorted((a, b) => a.offset - b.offset);
    if (first === undefined || copies.some(({ stream }) => stream !== first.stream)) continue;
    const line = `${sent.process} ${sent.key} ${first.stream} ${first.partition}`;
    const before = last.get(line);
    if (before === undefined || before.offset < first.offset) last.set(line, { offset: first.offset, sent });
    else if (excused-- <= 0) {
      const words = `${text(before.sent.value)} at ${before.offset}, then ${text(sent.value)} at ${first.offset}`;
      violate('out-of-order', `old after new: ${words}`);
    }
  }
}

/** INV-11 and liveness: after the world is well everything settles. */
function checkSettled({ history, producers }: World, violate: Violate): void {
  const open = history.sent.filter(({ outcome }) => outcome === undefined);
  const [oldest] = open;
  if (oldest === undefined) return;
  violate(
    'unsettled',
    `${open.length} sends never settled; the oldest is ${text(oldest.value)} of ${clockTime(oldest.at)}`,
  );
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

/** False failover: a verdict against a region that did not fail enough for it. */
function checkVerdicts(world: World, violate: Violate): void {
  const { history, schedule, startedAt } = world;
  for (const { at, process, event } of history.events) {
    if (event.type !== 'failover-started') continue;
    const moment = at - startedAt;
    const used = partitionsUsed(history, process, event.role);
    const share = failingShare(schedule, used, process, event.role, moment - EVIDENCE_MS, moment);
    const failedMs = failingMs(
      schedule,
      used,
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

/** The partitions of a region that stored something of a process. */
function partitionsUsed({ sent }: World['history'], process: number, role: Role): Set<string> {
  const used = new Set<string>();
  for (const { process: sender, outcome } of sent) {
    if (sender !== process || outcome?.type !== 'stored') continue;
    if (outcome.receipt.region === REGIONS[role]) used.add(outcome.receipt.partition);
  }
  return used;
}

/** A1 to A9, A19: in a whole outage of the primary a message is through on a ready secondary within seconds. */
function checkThrough(world: World, violate: Violate): void {
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
function checkWay({ history, schedule, startedAt }: World, violate: Violate): void {
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

/** INV-9: a fault makes no storm of calls. Measured in windows of a few seconds, for each process. */
function checkCalls({ history, schedule, startedAt }: World, violate: Violate): void {
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
