import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  countOf,
  expectAgain,
  groupStart,
  NOTHING_EXPECTED,
  offsetsOf,
  withoutRedelivered,
} from '../../../runtime/core/index.ts';

const started = { at: 1_000, wall: Date.parse('2026-10-01T12:00:00Z') };

describe('where a new group begins', () => {
  it('H2: is the oldest message, or the time that is named', () => {
    expect(groupStart('earliest', started, 1_000)).toBe('TRIM_HORIZON');
    expect(groupStart('2026-09-30T00:00:00Z', started, 1_000)).toEqual({ time: '2026-09-30T00:00:00Z' });
  });

  it('H2, H18: is, for latest, when the consumer started, also in a region that is found later', () => {
    expect(groupStart('latest', started, 6_000)).toBe('LATEST');
    expect(groupStart('latest', started, 6_001)).toEqual({ time: '2026-10-01T12:00:00.000Z' });
  });
});

const at = (partition: string, ...offsets: number[]) => offsets.map((offset) => ({ partition, offset }));

it('H2: offsets are counted over all partitions', () => {
  expect(countOf(offsetsOf([...at('0', 3, 5), ...at('1', 7), ...at('0', 9)]))).toBe(4);
});

describe('messages that were handled before a cursor was lost', () => {
  const lost = expectAgain(NOTHING_EXPECTED, [offsetsOf([...at('0', 3, 5, 9), ...at('1', 7)])]);

  it('H5: are left out when they are delivered again', () => {
    const { fresh, expected } = withoutRedelivered(lost, [...at('0', 3, 5, 9, 12), ...at('1', 7, 8)]);
    expect(fresh).toEqual([...at('0', 12), ...at('1', 8)]);
    expect(expected).toEqual(NOTHING_EXPECTED);
  });

  it('H5: nothing more is expected of a partition once all of it has come', () => {
    const { expected } = withoutRedelivered(lost, at('0', 3, 5, 9));
    expect(expected).toEqual(new Map([['1', [[7]]]]));
    expect(withoutRedelivered(expected, at('1', 7)).expected).toEqual(NOTHING_EXPECTED);
  });

  it('H5: may be delivered again in several answers', () => {
    const first = withoutRedelivered(lost, at('0', 3, 5));
    const second = withoutRedelivered(first.expected, at('1', 7));
    const third = withoutRedelivered(second.expected, at('0', 9, 12));
    expect([first.fresh, second.fresh, third.fresh]).toEqual([[], [], at('0', 12)]);
  });

  it('H5: may be delivered again after a second loss', () => {
    const part = at('0', 3, 5);
    const twice = expectAgain(withoutRedelivered(lost, part).expected, [offsetsOf(part)]);
    expect(withoutRedelivered(twice, at('0', 3, 5, 9, 12)).fresh).toEqual(at('0', 12));
  });

  it('H16: are handed out when the group was moved back', () => {
    expect(withoutRedelivered(lost, at('0', 1, 3, 5)).fresh).toEqual(at('0', 1, 3, 5));
  });

  it('H5: none: an answer is handed out as it is', () => {
    const answer = at('0', 3, 5);
    expect(withoutRedelivered(NOTHING_EXPECTED, answer).fresh).toBe(answer);
  });

  it('H5: do not hide messages behind them when the commit had gone through', () => {
    expect(withoutRedelivered(lost, at('0', 12, 13)).fresh).toEqual(at('0', 12, 13));
  });
});

describe('several answers that were handled before a cursor was lost', () => {
  const answers = [at('0', 3, 5), at('1', 7), at('0', 9, 11), at('0', 13)].map(offsetsOf);
  const lost = expectAgain(NOTHING_EXPECTED, answers);

  it('H5: are left out one after another', () => {
    const { fresh, expected } = withoutRedelivered(lost, [...at('0', 3, 5, 9, 11, 13, 15), ...at('1', 7)]);
    expect(fresh).toEqual(at('0', 15));
    expect(expected).toEqual(NOTHING_EXPECTED);
  });

  it('H5, H14: are left out from a later one on, when a commit that was not answered had gone through', () => {
    const first = withoutRedelivered(lost, at('0', 9, 11));
    expect(first.fresh).toEqual([]);
    expect(withoutRedelivered(first.expected, at('0', 13, 15)).fresh).toEqual(at('0', 15));
  });

  it('H16: are handed out when the group was moved to the middle of one, or is moved back after one', () => {
    expect(withoutRedelivered(lost, at('0', 5, 9)).fresh).toEqual(at('0', 5, 9));
    const { expected } = withoutRedelivered(lost, at('0', 9));
    expect(withoutRedelivered(expected, at('0', 3, 5)).fresh).toEqual(at('0', 3, 5));
  });
});

describe('a second loss', () => {
  it('H5: of another partition keeps what was expected of the first', () => {
    const first = expectAgain(NOTHING_EXPECTED, [offsetsOf(at('0', 3))]);
    const second = expectAgain(first, [offsetsOf(at('1', 7))]);
    expect(second).toEqual(
      new Map([
        ['1', [[7]]],
        ['0', [[3]]],
      ]),
    );
    expect(expectAgain(second, [])).toEqual(second);
  });
});

describe('after a mismatch', () => {
  it.each([
    // The group was moved past 5: 6 is another delivery, and may be of another handler's time.
    { expected: [5, 6], got: [9, 6], fresh: [9, 6] },
    { expected: [5, 6, 7], got: [5, 9, 7], fresh: [9, 7] },
    { expected: [5, 6, 7], got: [6, 7], fresh: [6, 7] },
    { expected: [5, 6], got: [4, 5, 6], fresh: [4, 5, 6] },
  ])('H16: $expected expected and $got delivered, $fresh is handed out', ({ expected, got, fresh }) => {
    const lost = expectAgain(NOTHING_EXPECTED, [offsetsOf(at('0', ...expected))]);
    const left = withoutRedelivered(lost, at('0', ...got));
    expect(left.fresh).toEqual(at('0', ...fresh));
    expect(left.expected).toEqual(NOTHING_EXPECTED);
  });

  it('H16: other partitions are not concerned', () => {
    const lost = expectAgain(NOTHING_EXPECTED, [offsetsOf([...at('0', 5), ...at('1', 7, 8)])]);
    const left = withoutRedelivered(lost, [...at('0', 9), ...at('1', 7)]);
    expect(left.fresh).toEqual(at('0', 9));
    expect(left.expected).toEqual(new Map([['1', [[8]]]]));
  });
});

describe('leaving out', () => {
  it('H5, H6: never hides a message that was not handled, and keeps the order', () => {
    const offsets = fc.uniqueArray(fc.nat(30), { maxLength: 12 }).map((found) => found.sort((a, b) => a - b));
    fc.assert(
      fc.property(offsets, offsets, (handled, answered) => {
        const lost = expectAgain(NOTHING_EXPECTED, [offsetsOf(at('0', ...handled))]);
        const { fresh } = withoutRedelivered(lost, at('0', ...answered));
        const left = fresh.map(({ offset }) => offset);
        const hidden = answered.filter((offset) => !left.includes(offset));
        expect(hidden.every((offset) => handled.includes(offset))).toBe(true);
        expect(left).toEqual([...left].sort((a, b) => a - b));
      }),
    );
  });
});
