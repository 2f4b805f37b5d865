import { expect, test } from 'vitest';
import type { LoggedEvent } from '../../../demo/journal/entries.ts';
import { EventPrinter } from '../../../demo/screen/event-printer.ts';
import type { TimelineLine } from '../../../demo/screen/timeline.ts';

function told(...events: Partial<LoggedEvent>[]): TimelineLine[] {
  const lines: TimelineLine[] = [];
  const printer = new EventPrinter((line) => lines.push(line));
  for (const event of events) {
    printer.print({ who: 'producer', type: 'attempt-failed', message: '', at: 0, ...event });
  }
  return lines;
}

test('what eight lanes say at once is told once, and again after a switch', () => {
  const failed = { message: 'Attempt 1 failed: 500. Retrying...' };
  const done = { type: 'failover-done', message: 'Failover done.' };
  expect(told(failed, failed, done, failed, failed).map(({ text }) => text)).toEqual([
    'Attempt 1 failed: 500. Retrying...',
    'Failover done.',
    'Attempt 1 failed: 500. Retrying...',
  ]);
});

test('the same words of another program are another thing', () => {
  const message = 'Primary consumer error: 500';
  expect(told({ who: 'consumer', message }, { who: 'producer', message })).toHaveLength(2);
});

test('the lines of an event are lines again', () => {
  const [line] = told({
    message: 'Primary failed after retries -> starting failover...   sa-saopaulo-1 is down',
  });
  expect(line?.text).toBe('Primary failed after retries -> starting failover...\nsa-saopaulo-1 is down');
});

test('what the demo itself does is left to the story', () => {
  expect(told({ who: 'demo', type: 'outage' })).toEqual([]);
});
