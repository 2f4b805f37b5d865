import { describe, expect, test } from 'vitest';

import { compare, valuesOf, type Contestant, type Plan } from './comparison.ts';

/** Its figure is the number of its turn; what it does is noted. */
function counter(name: string, notes: string[]): Contestant {
  let turns = 0;
  return {
    name,
    async open() {
      return {
        turn: () => {
          notes.push(name);
          return Promise.resolve({ perSecond: turns++ });
        },
        async [Symbol.asyncDispose]() {
          notes.push(`${name} ends`);
        },
      };
    },
  };
}

function planOf(contestants: readonly Contestant[], isCold = false): Plan {
  return { id: 'a/b', work: 'counting', figures: ['perSecond'], contestants, isCold };
}

describe('contestants', () => {
  test('take turns, the last of a round first in the next, and end after all rounds', async () => {
    const notes: string[] = [];
    await compare(planOf([counter('A', notes), counter('B', notes)]), 2);
    expect(notes.join(' ')).toBe('A B B A A B B ends A ends');
  });

  test('warm up in a round that does not count', async () => {
    const { contestants } = await compare(planOf([counter('A', [])]), 3);
    expect(valuesOf(contestants[0]!, 'perSecond')).toEqual([1, 2, 3]);
  });

  test('do not warm up where each turn is a new process', async () => {
    const { contestants } = await compare(planOf([counter('A', [])], true), 2);
    expect(valuesOf(contestants[0]!, 'perSecond')).toEqual([0, 1]);
  });

  test('end when one of them fails', async () => {
    const notes: string[] = [];
    const failing: Contestant = {
      name: 'B',
      open: async () => ({
        turn: () => Promise.reject(new Error('B is broken')),
        async [Symbol.asyncDispose]() {},
      }),
    };
    await expect(compare(planOf([counter('A', notes), failing]), 2)).rejects.toThrow('B is broken');
    expect(notes).toEqual(['A', 'A ends']);
  });

  test('that did not measure a figure are named', () => {
    expect(() => valuesOf({ name: 'A', samples: [{ p50Ms: 1 }] }, 'p99Ms')).toThrow('A did not measure p99');
  });
});
