import { expect, test } from 'vitest';
import { resultsTable } from '../../../demo/results/results-table.ts';
import { resultsOf } from '../../../demo/results/results.ts';
import { observations, stored, VINHEDO } from './observations.ts';

const rows = (changes?: Parameters<typeof observations>[0]) =>
  Object.fromEntries(resultsTable(resultsOf(observations(changes))).map((row) => [row.label, row]));

test('says where messages are stored in the words of the story', () => {
  expect(rows()['stored']).toMatchObject({ value: '4', note: 'São Paulo 2, Vinhedo 2' });
  expect(rows()['lost']).toMatchObject({ value: '0', mark: 'good' });
  expect(rows()['outage to verdict']?.value).toBe('3.0 s');
});

test('marks what is missing, and says in which way', () => {
  const { ledger, received } = observations();
  expect(rows({ ledger: ledger.slice(1) })['lost']).toMatchObject({
    value: '1',
    mark: 'bad',
    note: 'in no region: 1, receipts for what no region holds: 1',
  });
  expect(rows({ received: received.slice(1) })['lost']).toMatchObject({
    value: '1',
    mark: 'bad',
    note: 'stored and never received: 1',
  });
});

test('counts a copy once, stored and received', () => {
  const { ledger, received } = observations();
  const copy = stored(VINHEDO, 2, 'b', 'payment 4');
  expect(rows({ ledger: [...ledger, copy], received: [...received, copy] })['copies']).toMatchObject({
    value: '1',
    mark: 'plain',
  });
});

test('has a dash for a time that never came', () => {
  expect(rows({ events: [] })['outage to verdict']?.value).toBe('-');
  expect(rows({ events: [] })['verdict to first stored']).toMatchObject({
    value: '-',
    note: 'Vinhedo was not needed',
  });
});
