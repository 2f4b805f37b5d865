import { describe, expect, test } from 'vitest';

import { Journal } from '../../../demo/journal/journal.ts';

const position = { region: 'sa-vinhedo-1', partition: '0', offset: 0, at: 0 };
const { signal } = new AbortController();

describe('until', () => {
  test('resolves at once for what holds already', async () => {
    await expect(new Journal().until(() => true, signal)).resolves.toBeUndefined();
  });

  test('resolves with the entry that makes it hold', async () => {
    const journal = new Journal();
    const seen = journal.until(() => journal.storedIn('sa-vinhedo-1') === 2, signal);
    journal.addReceipt(position);
    journal.addReceipt({ ...position, offset: 1 });
    await expect(seen).resolves.toBeUndefined();
  });

  test('rejects with the reason of its signal, also when that was aborted before', async () => {
    const controller = new AbortController();
    const waiting = new Journal().until(() => false, controller.signal);
    controller.abort(new Error('too late'));
    await expect(waiting).rejects.toThrow('too late');
    await expect(new Journal().until(() => false, controller.signal)).rejects.toThrow('too late');
  });
});

test('the last of a type is the last of its role too', () => {
  const journal = new Journal();
  const heard = { who: 'consumer', type: 'now-consuming', message: '' } as const;
  journal.addEvent({ ...heard, role: 'secondary', at: 1 });
  journal.addEvent({ ...heard, role: 'primary', at: 2 });
  expect(journal.last('now-consuming')?.at).toBe(2);
  expect(journal.last('now-consuming', 'secondary')?.at).toBe(1);
  expect(journal.last('gap')).toBeUndefined();
});
