import { beforeAll, describe, expect, test } from 'vitest';

import { compare, type Comparison } from './comparison.ts';
import { judged, type Goal } from './goals.ts';
import { small } from './parts/get.ts';
import type { Bench } from './parts/part.ts';
import { atFullSpeed, awaited } from './parts/put.ts';
import { BASE } from './work.ts';

/**
 * What must not be lost. Ratios of processor time, each process's own: another load on the machine slows all of them down
 * and changes none. The margin to what was measured (docs/performance.md) is for noise.
 */
const KEPT: readonly Goal[] = [
  {
    about: 'a put of 1,000 messages costs less processor time than with the plain SDK',
    id: 'put/batch-1000',
    figure: 'cpuPerMillion',
    against: 'plain SDK',
    atMost: 0.6,
  },
  {
    about: 'a put of 1,000 messages costs little more processor time than the bare request',
    id: 'put/batch-1000',
    figure: 'cpuPerMillion',
    against: 'bare undici',
    atMost: 25,
  },
  {
    about: 'a message alone, awaited, costs little more processor time than the bare request',
    id: 'put/awaited',
    figure: 'cpuPerMillion',
    against: 'bare undici',
    atMost: 15,
  },
  {
    about: 'reading costs little more processor time than the bare request with its answer decoded',
    id: 'get/100-B',
    figure: 'cpuPerMillion',
    against: 'bare undici',
    atMost: 6,
  },
];

describe('the fast path', () => {
  const comparisons: Comparison[] = [];

  beforeAll(async () => {
    const keep = (comparison: Comparison): void => void comparisons.push(comparison);
    const bench: Bench = {
      isQuick: true,
      turnMs: 250,
      compare: async (plan) => keep(await compare(plan, 3)),
      keep,
      keepProfile() {},
    };
    await awaited(bench);
    await atFullSpeed(bench, 'put/batch-1000', BASE);
    await small(bench);
  }, 300_000);

  test.each(KEPT)('$about', (goal) => {
    const run = { command: '', commit: '', date: '', node: '', machine: '', seconds: 0 };
    const [{ measured } = { measured: NaN }] = judged([goal], { kept: { run, comparisons, profiles: {} } });
    expect(measured).toBeLessThan(goal.atMost ?? NaN);
  });
});
