import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { headlineOf, printConclusion, succeeded, suggestionsAfter } from '../../demo/conclusion.ts';
import type { Report } from '../../demo/demo.ts';
import { OUTAGES, type OutageName } from '../../demo/outages.ts';
import { resultsOf } from '../../demo/results/results.ts';
import { Screen } from '../../demo/screen/screen.ts';
import { observations } from './results/observations.ts';

const complete = resultsOf(observations());
const incomplete = resultsOf(observations({ ledger: observations().ledger.slice(1) }));
const step = (happened: boolean) => ({ title: 'failover', happened }) as Report['outcomes'][number];

test('a demo succeeded when every step happened and no payment is missing', () => {
  const report: Report = { outcomes: [step(true)], results: complete };
  expect(succeeded(report)).toBe(true);
  expect(headlineOf(report, OUTAGES['500'])).toBe(
    'São Paulo was lost and came back. Of 4 payments not one was lost.',
  );
  expect(headlineOf(report, OUTAGES.both)).toMatch(/^São Paulo and Vinhedo were lost and came back/);
});

test.each<[string, Report, string]>([
  ['a step did not happen', { outcomes: [step(false)], results: complete }, 'ended at "failover"'],
  ['the emulator did not answer', { outcomes: [step(true)], results: undefined }, 'No results'],
  ['a payment is missing', { outcomes: [step(true)], results: incomplete }, 'Of 4 payments some are missing'],
])('it did not when %s, and the headline says so', (_, report, headline) => {
  expect(succeeded(report)).toBe(false);
  expect(headlineOf(report, OUTAGES['500'])).toContain(headline);
});

test.each(Object.keys(OUTAGES) as OutageName[])('after the outage %s another one is suggested', (outage) => {
  const [first] = suggestionsAfter(outage);
  expect(first?.command).toMatch(/^npm start -- --outage /);
  expect(first?.command).not.toBe(`npm start -- --outage ${outage}`);
});

test('the table stands under the headline, its columns aligned, and the commands to try below', () => {
  const output = new PassThrough();
  printConclusion(new Screen(output as unknown as NodeJS.WriteStream, {}), {
    headline: 'Nothing was lost.',
    ok: true,
    rows: [
      { label: 'sent', value: '12', note: 'to the producer', mark: 'plain' },
      { label: 'received', value: '9', note: 'by the consumer', mark: 'bad' },
    ],
    suggestions: [{ command: 'npm start', shows: 'again' }],
  });
  const text = String(output.read());
  expect(text).toContain('\nNothing was lost.\n');
  expect(text).toContain('  sent      12   to the producer\n  received   9   by the consumer\n');
  expect(text).toContain('  npm start   again\n');
});
