import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { openStore } from '../../runtime/outbox/index.ts';
import { World } from '../runtime/router/world.ts';
import { refusedConnection, status } from '../support/fake-region.ts';
import { inDirectory } from '../support/in-directory.ts';
import { numberedSource, StoredInOrder } from '../support/stored-in-order.ts';

const WORK = { size: 20, keys: 64 };
const SECOND = 1_000;
/** Seconds of traffic before the outage and after it. */
const AROUND_S = 60;
/** It takes so long until it is known that no region takes messages; until then they wait in memory. */
const KNOWN_AFTER_S = 30;
/** Messages that may be on their way to the real disk while virtual time goes on. */
const MOST_ON_THEIR_WAY = 2_000;
/** Virtual ms between two looks at what the region has. */
const LOOK_MS = 10;
/** Real time without any progress after which something hangs. */
const HANGS_AFTER_MS = 60_000;
/** The memory of the outage's beginning and end is that of so large a part of it. */
const PART = 1 / 24;

export interface DayResult {
  readonly hours: number;
  readonly perSecond: number;
  readonly messages: number;
  readonly rejected: number;
  /** Missing, there twice or not in order of their key in the end. */
  readonly misplaced: number;
  /** On disk at the end of the outage. */
  readonly spooled: number;
  readonly spooledBytes: number;
  /** What the producer held at most in memory, by its own count, once the outage was known. */
  readonly bufferedBytes: number;
  /** RSS of this process at most: in the first part of the outage, in its last one, and afterwards. */
  readonly residentMiB: { readonly first: number; readonly last: number; readonly drain: number };
  /** What is in use of it once garbage is collected: at the end of each of these parts, and with half of the messages sent. */
  readonly inUseMiB?: DayResult['residentMiB'];
  /** Real time of the outage, of what came after it, and processor time of all, in minutes. */
  readonly minutes: { readonly outage: number; readonly drain: number; readonly processor: number };
}

/**
 * Both regions are down for hours while messages come at full pace: the real producer and the real outbox, on this machine's
 * disk, in virtual time. Virtual time waits for the disk.
 */
export function simulateDay(
  plan: Pick<DayResult, 'hours' | 'perSecond'>,
  say: (text: string) => void = () => {},
): Promise<DayResult> {
  return inDirectory((directory) => simulateIn(join(directory, 'outbox'), plan, say));
}

async function simulateIn(
  directory: string,
  { hours, perSecond }: Pick<DayResult, 'hours' | 'perSecond'>,
  say: (text: string) => void,
): Promise<DayResult> {
  const opened = await openStore({ directory, take: 'own' }, () => {});
  if (opened === undefined) throw new Error('a new directory has a free slot');
  const world = new World({
    outboxStore: opened.store,
    settings: { outbox: 'outage', maxOutboxBytes: 2 ** 40 },
  });
  const { clock, primary, secondary, producer } = world;
  const outageS = Math.round(hours * 3_600);
  const messages = (outageS + 2 * AROUND_S) * perSecond;
  const order = new StoredInOrder(messages, WORK);
  const next = numberedSource(WORK);
  let sent = 0;
  let settled = 0;
  let rejected = 0;
  let stored = 0;

  const send = (): void => {
    sent++;
    producer.send(next()).then(
      () => settled++,
      () => {
        settled++;
        rejected++;
      },
    );
  };
  const look = (): void => {
    for (const { key, value } of primary.stored.splice(0)) {
      stored++;
      order.take({ key: Buffer.from(key ?? '', 'base64').toString(), value: Buffer.from(value, 'base64') });
    }
    // What these only keep for tests would be a part of the memory.
    for (const kept of [primary, secondary]) {
      for (const list of [kept.putTimes, kept.probeTimes, kept.adminCalls]) list.length = 0;
    }
    world.events.length = 0;
  };
  const second = async (): Promise<void> => {
    for (let n = 0; n < perSecond; n++) send();
    await clock.pass(SECOND);
    look();
  };
  const residentMiB = { first: 0, last: 0, drain: 0 };
  const inUseMiB = { first: 0, last: 0, drain: 0 };
  const watch = (phase: keyof typeof residentMiB): void => {
    residentMiB[phase] = Math.max(residentMiB[phase], process.memoryUsage.rss() / 1_048_576);
  };

  const cpu = process.cpuUsage();
  const beganAt = performance.now();
  for (let s = 0; s < AROUND_S; s++) await second();
  primary.fail(status(503));
  secondary.fail(refusedConnection);
  for (const region of [primary, secondary]) region.adminBehaviour = () => refusedConnection;
  let bufferedBytes = 0;
  for (let s = 0; s < outageS; s++) {
    await second();
    if (s < KNOWN_AFTER_S) continue;
    await until(
      () => sent - settled <= MOST_ON_THEIR_WAY,
      () => settled,
    );
    bufferedBytes = Math.max(bufferedBytes, producer.stats().bufferedBytes);
    if (s < KNOWN_AFTER_S + outageS * PART) watch('first');
    else inUseMiB.first ||= inUse();
    if (s >= outageS * (1 - PART)) watch('last');
    if (s % 3_600 === 0) say(`${(s / 3_600).toFixed(0)} h: ${sent} messages, ${inMinutes(beganAt)} minutes`);
  }
  await until(
    () => sent === settled,
    () => settled,
  );
  inUseMiB.last = inUse();
  const { messages: spooled = 0, bytes: spooledBytes = 0 } = producer.stats().outbox ?? {};
  const outage = inMinutes(beganAt);
  say(`${spooled} messages are on disk after ${outage} minutes`);

  const healedAt = performance.now();
  primary.heal();
  primary.adminBehaviour = () => undefined;
  for (let s = 0; s < AROUND_S; s++) await second();
  await until(
    async () => {
      await clock.pass(LOOK_MS);
      look();
      watch('drain');
      if (stored >= messages / 2) inUseMiB.drain ||= inUse();
      return stored >= messages && producer.stats().outbox?.messages === 0;
    },
    () => stored,
  );
  await clock.passUntil(producer.close());
  look();
  const { user, system } = process.cpuUsage(cpu);
  const minutes = { outage, drain: inMinutes(healedAt), processor: (user + system) / 60e6 };
  const { misplaced } = order;
  return {
    hours,
    perSecond,
    messages,
    rejected,
    misplaced,
    spooled,
    spooledBytes,
    bufferedBytes,
    residentMiB,
    inUseMiB,
    minutes,
  };
}

/** Waits in real time, for the disk. @throws Error when `progress` stays the same for long. */
async function until(isTrue: () => boolean | Promise<boolean>, progress: () => number): Promise<void> {
  let last = progress();
  let lastAt = performance.now();
  while (!(await isTrue())) {
    if (progress() !== last) {
      last = progress();
      lastAt = performance.now();
    } else if (performance.now() - lastAt > HANGS_AFTER_MS)
      throw new Error(`nothing goes on after ${last} messages`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Of V8's heap and of what it refers to outside, in MiB, when all garbage is collected. */
function inUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_048_576;
}

/** Since then. */
function inMinutes(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 600) / 100;
}
