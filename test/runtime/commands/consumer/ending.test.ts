import { expect, test } from 'vitest';

import { consumerExitCode, unreached } from '../../../../runtime/commands/consumer/ending.ts';

test('I15: the exit code of the consumer', () => {
  const none = { count: false, any: false };
  const idle = { count: false, any: true };
  const count = { count: true, any: true };
  expect(consumerExitCode({ type: 'count' }, count)).toBe(0);
  expect(consumerExitCode({ type: 'idle', unreached: [] }, idle)).toBe(0);
  expect(consumerExitCode({ type: 'idle', unreached: ['x'] }, idle)).toBe(1);
  expect(consumerExitCode({ type: 'idle', unreached: [] }, count)).toBe(1);
  expect(consumerExitCode({ type: 'interrupted', code: 130 }, none)).toBe(0);
  expect(consumerExitCode({ type: 'interrupted', code: 130 }, idle)).toBe(130);
  expect(consumerExitCode({ type: 'output', readerIsGone: true }, none)).toBe(0);
  expect(consumerExitCode({ type: 'output', readerIsGone: true }, count)).toBe(1);
  expect(consumerExitCode({ type: 'output', readerIsGone: false }, none)).toBe(1);
});

test('I15: a region that did not answer is named; a secondary that nobody made is none', () => {
  const primary = {
    role: 'primary',
    region: 'p',
    isLocated: false,
    isAbsent: false,
    health: { type: 'unknown' },
  } as const;
  const secondary = {
    role: 'secondary',
    region: 's',
    isLocated: false,
    isAbsent: true,
    health: { type: 'unknown' },
  } as const;
  expect(unreached([primary, secondary])).toEqual(['p has not answered yet']);
  const answering = { ...primary, health: { type: 'answering', at: 1 } } as const;
  const failing = { type: 'failing', attempts: 5, since: 0, latest: '503' } as const;
  expect(unreached([answering, { ...secondary, isLocated: true, health: failing }])).toEqual([
    's does not answer: 503',
  ]);
});
