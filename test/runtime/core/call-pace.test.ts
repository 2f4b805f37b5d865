import { expect, it } from 'vitest';

import { afterCall, UNKNOWN_PACE, type CallPace } from '../../../runtime/core/index.ts';

const TIMEOUT_MS = 2_000;

const after = (pace: CallPace, times: number, ms: number): CallPace =>
  Array.from({ length: times }).reduce<CallPace>((before) => afterCall(before, ms, TIMEOUT_MS), pace);

it('calls a region slow when the median of ten calls takes half of their time, and not before there are ten', () => {
  expect(after(UNKNOWN_PACE, 9, 1_000).slow).toBe(false);
  expect(after(UNKNOWN_PACE, 10, 1_000)).toMatchObject({ slow: true, medianMs: 1_000 });
  expect(after(UNKNOWN_PACE, 10, 999).slow).toBe(false);
  expect(after(after(UNKNOWN_PACE, 10, 5), 4, 60_000).slow).toBe(false);
});

it('calls it prompt again below a quarter: in between it stays what it was', () => {
  const slow = after(UNKNOWN_PACE, 10, 1_500);
  expect(after(slow, 20, 600).slow).toBe(true);
  expect(after(slow, 20, 499).slow).toBe(false);
  expect(after(after(slow, 20, 499), 20, 600).slow).toBe(false);
});
