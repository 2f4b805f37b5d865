import { describe, expect, test } from 'vitest';

import { judged, type Goal } from './goals.ts';
import type { Results } from './results.ts';

const RUN = { command: '', commit: '', date: '', node: '', machine: '', load: 0, seconds: 0 };
const RESULTS: Results = {
  put: {
    run: RUN,
    profiles: {},
    comparisons: [
      {
        id: 'put/base',
        work: '',
        figures: ['perSecond'],
        contestants: [
          { name: 'this project', samples: [{ perSecond: 300 }] },
          { name: 'plain SDK', samples: [{ perSecond: 100 }] },
        ],
      },
    ],
  },
};
const GOAL: Goal = { about: '', id: 'put/base', figure: 'perSecond', against: 'plain SDK' };

describe('a goal', () => {
  test('is judged by the ratio to the contestant that it names', () => {
    expect(judged([{ ...GOAL, atLeast: 3 }], RESULTS)).toMatchObject([{ measured: 3, isMet: true }]);
    expect(judged([{ ...GOAL, atLeast: 3.1 }], RESULTS)).toMatchObject([{ isMet: false }]);
    expect(judged([{ ...GOAL, atMost: 2.9 }], RESULTS)).toMatchObject([{ isMet: false }]);
  });

  test('is judged by the figure itself where it names nobody', () => {
    const goal: Goal = { about: '', id: 'put/base', figure: 'perSecond', atLeast: 300 };
    expect(judged([goal], RESULTS)).toMatchObject([{ measured: 300, isMet: true }]);
  });

  test('of what was not measured is left out; one that names an unknown contestant is a mistake', () => {
    expect(judged([{ ...GOAL, id: 'put/else' }], RESULTS)).toEqual([]);
    expect(() => judged([{ ...GOAL, against: 'the plain SDK' }], RESULTS)).toThrow('the plain SDK');
  });
});
