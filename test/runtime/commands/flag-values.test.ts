import { describe, expect, test } from 'vitest';

import { bytesOfFlag, withOutboxPlace } from '../../../runtime/commands/flag-values.ts';

test('I6: escapes of a flag', () => {
  expect(Buffer.from(bytesOfFlag('-K', String.raw`\t`)).toString()).toBe('\t');
  expect([...bytesOfFlag('-K', String.raw`\x1f\0\\é`)]).toEqual([0x1f, 0, 0x5c, 0xc3, 0xa9]);
  for (const wrong of [String.raw`\q`, '\\', String.raw`\x1`, '']) {
    expect(() => bytesOfFlag('-K', wrong)).toThrow(/-K/);
  }
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
});
