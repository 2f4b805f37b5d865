import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { expectAgain, leaveOutReplayed, NO_REPLAY } from '../../../runtime/core/index.ts';

const at = (partition: string, ...offsets: number[]) => offsets.map((offset) => ({ partition, offset }));

describe('H5 messages that were handled before a cursor was lost', () => {
  const lost = expectAgain(NO_REPLAY, [...at('0', 3, 5, 9), ...at('1', 7)]);

  it('are left out when they come again', () => {
    const { fresh, replay } = leaveOutReplayed(lost, [...at('0', 3, 5, 9, 12), ...at('1', 7, 8)]);
    expect(fresh).toEqual([...at('0', 12), ...at('1', 8)]);
    expect(replay).toEqual(NO_REPLAY);
  });

  it('may come again in several answers', () => {
    const first = leaveOutReplayed(lost, at('0', 3, 5));
    const second = leaveOutReplayed(first.replay, at('1', 7));
    const third = leaveOutReplayed(second.replay, at('0', 9, 12));
    expect([first.fresh, second.fresh, third.fresh]).toEqual([[], [], at('0', 12)]);
  });

  it('may come again after a second loss', () => {
    const part = at('0', 3, 5);
    const twice = expectAgain(leaveOutReplayed(lost, part).replay, part);
    expect(leaveOutReplayed(twice, at('0', 3, 5, 9, 12)).fresh).toEqual(at('0', 12));
  });

  it('H16 are handed out when the group was moved back', () => {
    expect(leaveOutReplayed(lost, at('0', 1, 3, 5)).fresh).toEqual(at('0', 1, 3, 5));
  });

  it('do not hide messages behind them when the commit had gone through', () => {
    expect(leaveOutReplayed(lost, at('0', 12, 13)).fresh).toEqual(at('0', 12, 13));
  });
});

describe('leaving out', () => {
  it('never hides a message that was not handled, and keeps the order', () => {
    const offsets = fc.uniqueArray(fc.nat(30), { maxLength: 12 }).map((found) => found.sort((a, b) => a - b));
    fc.assert(
      fc.property(offsets, offsets, (handled, answered) => {
        const lost = expectAgain(NO_REPLAY, at('0', ...handled));
        const { fresh } = leaveOutReplayed(lost, at('0', ...answered));
        const left = fresh.map(({ offset }) => offset);
        const hidden = answered.filter((offset) => !left.includes(offset));
        expect(hidden.every((offset) => handled.includes(offset))).toBe(true);
        expect(left).toEqual([...left].sort((a, b) => a - b));
      }),
    );
  });
});
