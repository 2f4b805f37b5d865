import { beforeAll, describe, expect, test } from 'vitest';

import { compare, type Comparison } from './comparison.ts';
import { worker } from './contestants.ts';
import { EmulatorProcess } from './emulated.ts';
import { judged, type Goal } from './goals.ts';
import type { Job, RivalName } from './jobs.ts';
import { fill } from './parts/get.ts';
import { BASE, type Work } from './work.ts';

/**
 * What must not be lost. Ratios of processor time, each process's own: another load on the machine slows all of them down
 * and changes none. The margin to what was measured (docs/performance.md) is for noise.
 */
const KEPT: readonly Goal[] = [
  {
    about: 'a put of 1,000 messages costs less processor time than with the plain SDK',
    id: 'put',
    figure: 'cpuPerMillion',
    against: 'plain SDK',
    atMost: 0.2,
  },
  {
    about: 'a put of 1,000 messages costs little more processor time than the bare request',
    id: 'put',
    figure: 'cpuPerMillion',
    against: 'bare undici',
    atMost: 10,
  },
  {
    about: 'a put of 100 messages costs little more processor time than the bare request',
    id: 'put-100',
    figure: 'cpuPerMillion',
    against: 'bare undici',
    atMost: 8,
  },
  {
    about: 'a message alone, awaited, costs little more processor time than the bare request',
    id: 'awaited',
    figure: 'cpuPerMillion',
    against: 'bare undici',
    atMost: 5,
  },
  {
    about: 'reading costs little more processor time than the bare request with its answer decoded',
    id: 'get',
    figure: 'cpuPerMillion',
    against: 'bare undici',
    atMost: 4,
  },
];

const ROUNDS = 3;
const PARTITIONS = 40;
const STORED = 100_000;

/** What each does in a turn: as many messages as take about a quarter of a second of processor time. */
const PUTS = { 'this project': 60_000, 'plain SDK': 12_000, 'bare undici': 400_000 };
const PUTS_OF_100 = { 'this project': 30_000, 'bare undici': 150_000 };
const AWAITED = { 'this project': 500, 'bare undici': 1_000 };
const READS = { 'this project': STORED, 'plain SDK': STORED, 'bare undici': STORED };

describe('the fast path', () => {
  const comparisons: Comparison[] = [];

  beforeAll(async () => {
    await using emulator = await EmulatorProcess.start();
    const place = await emulator.stream('speed', PARTITIONS);
    await fill(place, BASE, STORED);
    const measure = async (
      id: string,
      work: Work,
      amounts: Partial<Record<RivalName, number>>,
      jobOf: (messages: number) => Job,
    ): Promise<void> => {
      const contestants = Object.entries(amounts).map(([name, messages]) =>
        worker(name, { rival: name as RivalName, place, work, job: jobOf(messages) }),
      );
      comparisons.push(await compare({ id, work: id, figures: ['cpuPerMillion'], contestants }, ROUNDS));
    };
    await measure('get', BASE, READS, (messages) => ({ type: 'get', messages }));
    await measure('put', BASE, PUTS, (messages) => ({ type: 'put', length: { messages } }));
    const hundred = { ...BASE, batch: 100 };
    await measure('put-100', hundred, PUTS_OF_100, (messages) => ({ type: 'put', length: { messages } }));
    const one = { ...BASE, batch: 1 };
    await measure('awaited', one, AWAITED, (messages) => ({ type: 'send', length: { messages } }));
  }, 300_000);

  test.each(KEPT)('$about', (goal) => {
    const run = { command: '', commit: '', date: '', node: '', machine: '', load: 0, seconds: 0 };
    const [{ measured } = { measured: NaN }] = judged([goal], { kept: { run, comparisons, profiles: {} } });
    expect(measured).toBeLessThan(goal.atMost ?? NaN);
  });
});
