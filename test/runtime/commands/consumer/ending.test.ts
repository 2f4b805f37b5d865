import { expect, test } from 'vitest';

import { consumerExitCode } from '../../../../runtime/commands/consumer/ending.ts';

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
  expect(consumerExitCode({ type: 'command', problem: 'x' }, none)).toBe(1);
});
