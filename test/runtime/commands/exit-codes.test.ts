import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { consumerExitCode, unreached } from '../../../runtime/commands/consumer/ending.ts';
import { EXIT_CODES, exitCodeOf } from '../../../runtime/commands/exit-codes.ts';
import { programOf } from '../../../runtime/commands/main.ts';
import { producerExitCode, type RunEnd } from '../../../runtime/commands/producer/tally.ts';
import { CallError, HaError } from '../../../runtime/errors.ts';
import { EVENT_LIST } from '../../../runtime/log/event-list.ts';

const well: RunEnd = {
  stopped: undefined,
  interruptedCode: undefined,
  isComplete: true,
  notStored: 0,
  inputFailed: false,
  outputLost: false,
  failedLinesIncomplete: false,
  storedInSecondary: 0,
};
const interrupted = { stopped: { type: 'interrupted' }, interruptedCode: 143 } as const;

describe('I14: the exit code of the producer, by what weighs most', () => {
  test.for([
    [{}, 0],
    [{ storedInSecondary: 1 }, 10],
    [{ notStored: 1, storedInSecondary: 1 }, 1],
    [{ inputFailed: true }, 1],
    [{ outputLost: true }, 1],
    [{ failedLinesIncomplete: true }, 1],
    [{ stopped: { type: 'deadline' }, isComplete: false }, 1],
    [interrupted, 0],
    [{ ...interrupted, storedInSecondary: 3 }, 10],
    [{ ...interrupted, isComplete: false }, 143],
    [{ ...interrupted, notStored: 2 }, 143],
    [{ ...interrupted, interruptedCode: 130, isComplete: false }, 130],
    [{ stopped: { type: 'refused', error: new Error('401') }, notStored: 5 }, 2],
  ] as const)('I14: %j', ([end, code]) => {
    expect(producerExitCode({ ...well, ...end })).toBe(code);
  });
});

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
  const primary = { role: 'primary', region: 'p', isLocated: false, health: { type: 'unknown' } } as const;
  const secondary = {
    role: 'secondary',
    region: 's',
    isLocated: false,
    health: { type: 'unknown' },
  } as const;
  expect(unreached([primary, secondary])).toEqual(['p has not answered yet']);
  const answering = { ...primary, health: { type: 'answering', at: 1 } } as const;
  const failing = { type: 'failing', attempts: 5, since: 0, latest: '503' } as const;
  expect(unreached([answering, { ...secondary, isLocated: true, health: failing }])).toEqual([
    's does not answer: 503',
  ]);
});

test('I6: errors that every call would meet are wrong use, others are not', () => {
  const call = (status: number): CallError =>
    new CallError({ region: 'r', operation: 'o' }, { type: 'status', status, code: 'c', message: 'm' });
  expect([401, 403, 404].map((status) => exitCodeOf(call(status)))).toEqual([2, 2, 2]);
  expect([400, 429, 500].map((status) => exitCodeOf(call(status)))).toEqual([1, 1, 1]);
  expect(exitCodeOf(new HaError('RECORD', 'x'))).toBe(2);
  expect(exitCodeOf(new HaError('DELIVERY_TIMEOUT', 'x'))).toBe(1);
});

describe('I14: one source for the tables that people read', () => {
  const file = (name: string): Promise<string> =>
    readFile(new URL(`../../../${name}`, import.meta.url), 'utf8');

  test('I14: the README has every exit code, with its meaning', async () => {
    const readme = await file('README.md');
    for (const { code, meaning } of EXIT_CODES) expect(readme).toContain(`| ${code} | ${meaning} |`);
  });

  test('I14: docs/events.md has every event', async () => {
    const events = await file('docs/events.md');
    for (const [type, about] of Object.entries(EVENT_LIST))
      expect(events).toContain(`| \`${type}\` | ${about} |`);
    expect(events.match(/^\| `/gm)).toHaveLength(Object.keys(EVENT_LIST).length);
  });

  test('I14: every command has examples first, no <value>, and one default per flag', () => {
    for (const command of programOf().commands.filter((each) => each.name() !== 'complete')) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help).toMatch(/^Examples:\n/);
      expect(help).not.toContain('<value>');
      for (const option of command.options)
        expect(option.defaultValue === undefined || option.negate).toBe(true);
      expect(help).toMatch(/Exit codes:\n {2}0 /);
    }
  });
});
