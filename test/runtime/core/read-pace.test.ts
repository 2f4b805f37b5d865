import { expect, test } from 'vitest';

import { heartbeatSpacingMs, idleSpacingMs, readSpacingMs } from '../../../runtime/core/index.ts';

test('H17: a member keeps within 5 reads a second for each partition that it holds', () => {
  expect(readSpacingMs(1)).toBe(210);
  expect(readSpacingMs(4)).toBe(52.5);
});

test('H17: a member that holds no partition reads as one that holds one', () => {
  expect(readSpacingMs(0)).toBe(210);
  expect(idleSpacingMs(1, 0, 1_000)).toBe(210);
});

test('H17: an empty stream is read less and less often', () => {
  const spacings = [0, 1, 2, 3, 4, 5].map((empties) => idleSpacingMs(empties, 1, 1_000));
  expect(spacings).toEqual([0, 210, 420, 840, 1_000, 1_000]);
});

test('H17: a stream counts as empty only when each partition had its turn, and its reads are spread evenly', () => {
  const spacings = [0, 1, 3, 4, 6, 7, 9, 10].map((empties) => idleSpacingMs(empties, 3, 1_200));
  expect(spacings).toEqual([0, 70, 70, 140, 140, 280, 280, 400]);
});

test('H17, H8: three heartbeats fit into the time-out, and those of all members into 5 a second', () => {
  expect(heartbeatSpacingMs(30_000, 1)).toBe(10_000);
  expect(heartbeatSpacingMs(1_200, 1)).toBe(400);
  expect(heartbeatSpacingMs(1_200, 3)).toBe(630);
  expect(heartbeatSpacingMs(1_200, 30)).toBe(800);
});
