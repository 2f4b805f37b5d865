import { expect, test } from 'vitest';

import type { StreamRef } from '../../../runtime/core/index.ts';
import { HaError } from '../../../runtime/errors.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { openLog, type Log, type LogFormat } from '../../../runtime/log/log.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function open(
  format: LogFormat,
  clock = new VirtualClock(),
): { log: Log; written: string[]; clock: VirtualClock } {
  const written: string[] = [];
  const log = openLog({
    format,
    threshold: 'info',
    component: 'producer',
    pid: 7,
    version: '1.2.3',
    clock,
    write: (text) => written.push(text),
    stream: process.stderr,
  });
  return { log, written, clock };
}

const streamIn = (region: string): StreamRef => ({ region, ocid: 'o', endpoint: 'e' }) as StreamRef;
const stream = streamIn('s');
const failed = (region: string, role: 'primary' | 'secondary'): HaEvent => ({
  type: 'attempt-failed',
  region,
  role,
  attempt: 1,
  failure: { type: 'status', status: 500, code: '', message: '' },
  kind: 'region-fault',
  messages: 12,
  retryInMs: 5,
});
const done: HaEvent = {
  type: 'failover-done',
  from: 'p',
  to: stream,
  role: 'secondary',
  tookMs: 1_000,
  because: 'whichever answers first',
};

test('I9: each line of the text log has time with offset, level, process and region in front of the known words', () => {
  const { log, written } = open('text');
  log.event(failed('p', 'primary'));
  expect(written.join('')).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d WARN  producer\[7\] p \(batch of 12\): Attempt 1 failed: 500\. Retrying\.\.\.\n$/,
  );
  const plain = open('plain');
  plain.log.event(failed('p', 'primary'));
  expect(plain.written).toEqual(['Attempt 1 failed: 500. Retrying...\n']);
});

test('I9: an attempt that fails after the switch does not read as if it were news', () => {
  const { log, written } = open('plain');
  log.event(done);
  log.event(failed('p', 'primary'));
  expect(written).toEqual(['Failover done in 1.0 s: now publishing to s.\n']);
});

test('I9: an attempt on a region that is being left is no news either, until that region stays the active one', () => {
  const evidence = {
    sum: 21,
    failures: 21,
    firstAt: 0,
    lastAt: 900,
    kinds: {},
    latest: '500',
    neverReached: false,
  };
  const { log, written } = open('plain');
  log.event({ type: 'failover-started', role: 'primary', from: 'p', to: 's', because: evidence });
  written.length = 0;
  log.event(failed('p', 'primary'));
  expect(written).toEqual([]);
  log.event({ type: 'stayed', stream: streamIn('p'), afterMs: 500 });
  written.length = 0;
  log.event(failed('p', 'primary'));
  expect(written).toEqual(['Attempt 1 failed: 500. Retrying...\n']);
});

test('I9: a line of the JSON log has no key twice, levels as words, and rounded numbers', () => {
  const { log, written } = open('json');
  log.event({ type: 'warning', code: 'record-not-used', message: 'odd' });
  log.event({ type: 'degraded', region: 'p', role: 'primary', medianMs: 12.345678 });
  expect(written.map((line) => JSON.stringify(JSON.parse(line)) + '\n')).toEqual(written);
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    level: 'warn',
    pid: 7,
    version: '1.2.3',
    message: 'odd (record-not-used)',
  });
  expect(JSON.parse(written[1] ?? '')).toMatchObject({ medianMs: 12, region: 'p' });
});

test('I9: messages of the outbox that fail one after the other are not a line each; the JSON log has them all', () => {
  const failures = Array.from({ length: 1_000 }, (_, index): HaEvent => ({
    type: 'outbox-failed',
    directory: 'd',
    sequence: index,
    error: new HaError('TOO_OLD', 'It is too old.'),
  }));
  const { log, written } = open('text');
  failures.forEach((event) => log.event(event));
  expect(written).toHaveLength(1);
  const json = open('json');
  failures.forEach((event) => json.log.event(event));
  expect(json.written).toHaveLength(1_000);
});

test('I9: what goes on failing is told less and less often', async () => {
  const { log, written, clock } = open('plain');
  for (let second = 0; second < 600; second++) {
    log.event({ type: 'provision-failed', region: 's', error: new Error(`no ${second}`), retryInMs: 37 });
    await clock.pass(1_000);
  }
  expect(written.length).toBeGreaterThan(5);
  expect(written.length).toBeLessThan(20);
});

test('I6: options that an event or an error names are flags in every form of the log', () => {
  const error = new HaError('RECORD', 'choose another place (`recordFile`), then `pulumi up`');
  const words = 'choose another place (--record-file), then `pulumi up`';
  for (const format of ['text', 'plain', 'json'] as const) {
    const { log, written } = open(format);
    log.event({ type: 'record-failed', file: 'f', error, retryInMs: 1 });
    log.note({ type: 'failed', level: 'error', lines: [error.message], fields: { error } });
    expect(written).toHaveLength(2);
    for (const line of written) {
      expect(line).toContain(words);
      expect(line).not.toContain('recordFile');
    }
  }
});
