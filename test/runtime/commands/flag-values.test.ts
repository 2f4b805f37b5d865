import { describe, expect, test } from 'vitest';

import { bytesOfFlag, duration, someText, withOutboxPlace } from '../../../runtime/commands/flag-values.ts';

test('I6: escapes of a flag', () => {
  expect(Buffer.from(bytesOfFlag('-K', String.raw`\t`)).toString()).toBe('\t');
  expect([...bytesOfFlag('-K', String.raw`\x1f\0\\é`)]).toEqual([0x1f, 0, 0x5c, 0xc3, 0xa9]);
  for (const wrong of [String.raw`\q`, '\\', String.raw`\x1`, '']) {
    expect(() => bytesOfFlag('-K', wrong)).toThrow(/-K/);
  }
});

test('I6: a duration has a unit, and may have a least value', () => {
  const any = duration(0);
  expect(['500ms', '5s', '0.5m', '1000h', '0s'].map(any)).toEqual([500, 5_000, 30_000, 3_600_000_000, 0]);
  for (const wrong of ['', '5', '5 s', '-5s', '5S', '1e3s', 'Infinitys', '5d']) {
    expect(() => any(wrong)).toThrow('It must look like 500ms, 5s or 2m.');
  }
  expect(duration(100)('100ms')).toBe(100);
  for (const short of ['0s', '99ms'])
    expect(() => duration(100)(short)).toThrow('It must be at least 100ms.');
});

test('I6: a path or a command is not empty, as the value of an unset variable is', () => {
  expect(someText('./bill.sh')).toBe('./bill.sh');
  for (const empty of ['', ' ', '\t']) expect(() => someText(empty)).toThrow('It is empty.');
});

describe('--outbox', () => {
  test.for(['./spool', '/var/spool/orders', '..', String.raw`C:\spool`])('%s is a directory', (outbox) => {
    expect(withOutboxPlace({ outbox, lanes: 3 })).toEqual({
      outbox: 'outage',
      outboxDirectory: outbox,
      lanes: 3,
    });
  });

  test.for(['off', 'outage', 'always', undefined])('%s is a mode', (outbox) => {
    expect(withOutboxPlace({ outbox })).toEqual({ outbox });
  });

  test('a word that is neither is refused, with how to write a directory', () => {
    expect(() => withOutboxPlace({ outbox: 'spool' })).toThrow(
      '--outbox spool is none of off, outage, always; for a directory write ./spool',
    );
  });

  test('I6: two directories are refused', () => {
    expect(() => withOutboxPlace({ outbox: './a', outboxDirectory: './b' })).toThrow('leave one out');
    const given = { outbox: 'always', outboxDirectory: './b' };
    expect(withOutboxPlace(given)).toEqual(given);
  });
});
