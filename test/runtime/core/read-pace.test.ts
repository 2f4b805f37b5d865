import { describe, expect, test } from 'vitest';

import {
  asksForShare,
  commitSpacingMs,
  type GroupShare,
  heartbeatSpacingMs,
  idleSpacingMs,
  readSpacingMs,
  shareAfterGroup,
  shareAfterGroupFailed,
  shareAfterRead,
  shareAfterThrottling,
  UNKNOWN_SHARE,
} from '../../../runtime/core/index.ts';

test('H17: a member keeps within 5 reads a second for each partition that it holds', () => {
  expect(readSpacingMs(1)).toBe(210);
  expect(readSpacingMs(4)).toBe(52.5);
});

test('H17: a member that holds no partition reads as one that holds one', () => {
  expect(readSpacingMs(0)).toBe(210);
  expect(idleSpacingMs(1, 0, 1_000)).toBe(210);
});

test('H17: all members of a group together commit fewer than five times a second', () => {
  for (const members of [1, 3, 40]) expect((1_000 / commitSpacingMs(members)) * members).toBeLessThan(5);
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

const NOW = 1_000_000;

/** GetGroup's answer: who holds each partition. */
function group(...instances: (string | undefined)[]) {
  return instances.map((instance, partition) => ({ partition: String(partition), instance }));
}

function known(...instances: (string | undefined)[]): GroupShare {
  return shareAfterGroup(shareAfterRead(UNKNOWN_SHARE, []), group(...instances), 'me', NOW);
}

function read(share: GroupShare, times: number): GroupShare {
  return Array.from({ length: times }).reduce<GroupShare>((before) => shareAfterRead(before, []), share);
}

describe('what a member knows of its share', () => {
  test('H20: GetGroup tells which partitions it holds, how many there are, and who else reads', () => {
    expect(known('me', 'other', 'me', undefined)).toMatchObject({
      partitions: 4,
      held: new Set(['0', '2']),
      certain: true,
      members: 2,
      reads: 0,
      askedAt: NOW,
    });
    expect(known('one', 'two').members).toBe(3);
    expect(known().partitions).toBeUndefined();
  });

  test('H20: an answer of its own partitions says nothing new', () => {
    const share = known('me', 'me', 'other');
    expect(shareAfterRead(share, ['1'])).toEqual({ ...share, reads: 1 });
  });

  test('H20: an answer of another partition makes what is known uncertain, and only what was seen since counts', () => {
    const once = shareAfterRead(known('me', 'me', 'other'), ['2']);
    expect(once).toMatchObject({ held: new Set(['2']), certain: false });
    expect(shareAfterRead(once, ['0']).held).toEqual(new Set(['2', '0']));
  });

  test('H20: a 429 means that it holds less than it knew of', () => {
    expect(shareAfterThrottling(known('me', 'me', 'me'))).toMatchObject({ held: new Set(), certain: false });
  });
});

describe('when a member asks GetGroup', () => {
  test('H20: not before it has read: it has no share yet; then at once', () => {
    expect(asksForShare(UNKNOWN_SHARE, NOW)).toBe(false);
    expect(asksForShare(read(UNKNOWN_SHARE, 1), NOW)).toBe(true);
  });

  test('H20: never again for a stream of one partition', () => {
    expect(asksForShare(read(known('me'), 1_000), NOW + 3_600_000)).toBe(false);
  });

  test('H20: after three reads for each partition, and at most once a second', () => {
    const share = known('me', 'me');
    expect(asksForShare(read(share, 5), NOW + 1_000)).toBe(false);
    expect(asksForShare(read(share, 6), NOW + 999)).toBe(false);
    expect(asksForShare(read(share, 6), NOW + 1_000)).toBe(true);
  });

  test('H20: the more members, the less often: all of them together twice a second', () => {
    const share = read(known('me', 'a', 'b', 'c'), 3);
    expect(asksForShare(share, NOW + 1_999)).toBe(false);
    expect(asksForShare(share, NOW + 2_000)).toBe(true);
  });

  test('H20, H22: every 10 s in any case, also without a share', () => {
    expect(asksForShare(read(known('me', 'me'), 1), NOW + 9_999)).toBe(false);
    expect(asksForShare(read(known('me', 'me'), 1), NOW + 10_000)).toBe(true);
    expect(asksForShare(read(known('a', 'b'), 100), NOW + 9_999)).toBe(false);
    expect(asksForShare(read(known('a', 'b'), 100), NOW + 10_000)).toBe(true);
    const thirty = Array.from({ length: 30 }, (_, index) => `other ${index}`);
    expect(asksForShare(read(known(...thirty), 100), NOW + 15_000)).toBe(false);
    expect(asksForShare(read(known(...thirty), 100), NOW + 15_500)).toBe(true);
  });

  test('H20: half a second after what contradicts it', () => {
    const share = shareAfterThrottling(read(known('me', 'me'), 1));
    expect(asksForShare(share, NOW + 499)).toBe(false);
    expect(asksForShare(share, NOW + 500)).toBe(true);
  });

  test('H20: less and less often while it is refused, and as before after an answer', () => {
    const waitOf = (share: GroupShare): number | undefined =>
      [1_999, 2_000, 3_999, 4_000, 29_999, 30_000].find((ms) => asksForShare(share, NOW + ms));
    const once = shareAfterGroupFailed(read(UNKNOWN_SHARE, 1), NOW);
    const twice = shareAfterGroupFailed(once, NOW);
    const often = shareAfterGroupFailed(shareAfterGroupFailed(shareAfterGroupFailed(twice, NOW), NOW), NOW);
    expect([waitOf(once), waitOf(twice), waitOf(often)]).toEqual([2_000, 4_000, 30_000]);
    expect(shareAfterGroup(often, group('me', 'me'), 'me', NOW).failures).toBe(0);
  });
});
