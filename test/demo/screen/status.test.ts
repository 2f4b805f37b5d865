import { expect, test } from 'vitest';

import { Journal } from '../../../demo/journal/journal.ts';
import { statusOf } from '../../../demo/screen/status.ts';

function conditionsAfter(...types: string[]): string[] {
  const journal = new Journal();
  for (const type of types) journal.addDemoEvent(type);
  return statusOf(journal, 'the end')
    .slice(0, 2)
    .map(({ text }) => /[●○✗] (.*?) {2,}/.exec(text)?.[1] ?? '');
}

test('tells who is written to through the whole story', () => {
  expect(conditionsAfter()).toEqual(['written to', 'no stream']);
  expect(conditionsAfter('outage')).toEqual(['down', 'no stream']);
  const lost = ['outage', 'failover-started', 'secondary-created'];
  expect(conditionsAfter(...lost)).toEqual(['down', 'well']);
  expect(conditionsAfter(...lost, 'failover-done')).toEqual(['down', 'written to']);
  expect(conditionsAfter(...lost, 'failover-done', 'healed')).toEqual(['well', 'written to']);
  expect(conditionsAfter(...lost, 'failover-done', 'healed', 'failback-done')).toEqual([
    'written to',
    'well',
  ]);
});

test('tells who is written to when a region answers again before there was a switch', () => {
  expect(conditionsAfter('outage', 'failover-started', 'healed', 'stayed')).toEqual([
    'written to',
    'no stream',
  ]);
});

test('counts what is stored, what is read, and what is on its way', () => {
  const journal = new Journal();
  const position = { region: 'sa-saopaulo-1', partition: '0', offset: 0, at: 0 };
  journal.addSent({ key: 'a', value: '1', at: 0 });
  journal.addSent({ key: 'a', value: '2', at: 0 });
  journal.addReceipt(position);
  journal.addReceived({ ...position, key: 'a', value: '1' });
  journal.addReceived({ ...position, key: 'a', value: '1' });
  const [saoPaulo, , last] = statusOf(journal, 'the end');
  expect(saoPaulo?.text).toMatch(/ 1 stored +1 read$/);
  expect(last?.text).toBe('  On their way: 1. Next: the end');
  journal.addDiskReceipt(1, 0);
  expect(statusOf(journal, 'the end').at(-1)?.text).toBe('  On their way: 0. Next: the end');
});
