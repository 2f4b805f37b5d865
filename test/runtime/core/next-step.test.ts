import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { nextStep, type CallFailure, type NextStep } from '../../../runtime/core/index.ts';
import { AUTH_PATIENCE_MS, type FailedAttempt } from '../../../runtime/core/next-step.ts';
import {
  aborted,
  hang,
  local,
  misconfigured,
  refusedConnection,
  reset,
  status,
  unreadable,
} from './failures.ts';

const LIMITS = { maxAttempts: 5, retryWindowMs: 6_000, baseDelayMs: 250, maxDelayMs: 5_000 };
const WALL = Date.parse('2026-11-23T12:00:00Z');

/** With a chance of a half, the pause after attempt n is 125 ms * 2^(n - 1). */
function after(failure: CallFailure, given: Partial<FailedAttempt> = {}, limits = LIMITS): NextStep {
  const first = { messages: 3, attempt: 1, elapsedMs: 0, tookMs: 0, usedUpBefore: false };
  return nextStep({ failure, ...first, wallMs: WALL, chance: 0.5, ...given }, limits);
}

const transient: [string, CallFailure][] = [
  ['A2: 500', status(500)],
  ['A1: 502', status(502)],
  ['A1: 503', status(503)],
  ['A3: 504', status(504)],
  ['A1: 599', status(599)],
  ['A24: 408', status(408)],
  ['A4: 429', status(429)],
  ['D7: 409', status(409)],
  ['A8: no answer', hang],
  ['A9: a lost connection', reset],
  ['A5: a refused connection', refusedConnection],
  ['B5: an unreadable answer', unreadable],
  ['C12: a fault of this machine', local],
  ['I3: a call that was given up', aborted],
];

describe.each(transient)('%s', (_, failure) => {
  test('A12: is tried again, each time after a longer pause', () => {
    const pauses = [1, 2, 3, 4].map((attempt) => after(failure, { attempt }));
    expect(pauses).toEqual([125, 250, 500, 1_000].map((afterMs) => ({ type: 'retry', afterMs })));
  });

  test('A1: uses up its attempts with the last of maxAttempts, and the next round begins with a short pause', () => {
    expect(after(failure, { attempt: 5 })).toEqual({ type: 'used-up', afterMs: 125 });
    expect(after(failure, { attempt: 6 })).toEqual({ type: 'used-up', afterMs: 125 });
    expect(after(failure, { attempt: 1 }, { ...LIMITS, maxAttempts: 1 })).toMatchObject({ type: 'used-up' });
    expect(after(failure, { attempt: 5 }, { ...LIMITS, maxAttempts: 6 })).toMatchObject({ type: 'retry' });
  });

  test('A8: uses up its attempts when the next one, as slow as this one, would end after the retry window', () => {
    const slow = { attempt: 2, tookMs: 2_000 };
    expect(after(failure, { ...slow, elapsedMs: 3_749 })).toEqual({ type: 'retry', afterMs: 250 });
    expect(after(failure, { ...slow, elapsedMs: 3_750 })).toEqual({ type: 'used-up', afterMs: 125 });
  });

  test('A11: asks the router after each failure once attempts were used up', () => {
    expect(after(failure, { attempt: 1, usedUpBefore: true })).toEqual({ type: 'used-up', afterMs: 125 });
    expect(after(failure, { attempt: 3, usedUpBefore: true })).toEqual({ type: 'used-up', afterMs: 500 });
  });
});

describe('a fault of the message', () => {
  test.each([400, 413])('B10, C2: %i to several messages: they are halved; one alone is rejected', (code) => {
    for (const usedUpBefore of [false, true]) {
      for (const attempt of [1, 9]) {
        const given = { usedUpBefore, attempt };
        expect(after(status(code), { ...given, messages: 2 })).toEqual({ type: 'split' });
        expect(after(status(code), { ...given, messages: 1 })).toEqual({ type: 'reject' });
      }
    }
  });

  test.each([402, 405, 411, 412, 415, 422, 431])('INV-10: %i rejects, and halves nothing', (code) => {
    expect(after(status(code))).toEqual({ type: 'reject' });
  });
});

describe('a fault of the configuration', () => {
  test.each([301, 302, 307])('B7: %i rejects at once', (code) => {
    expect(after(status(code))).toEqual({ type: 'reject' });
  });

  test('C19: what cannot be sent is rejected at once', () => {
    expect(after(misconfigured)).toEqual({ type: 'reject' });
  });

  test('C5: 403 is rejected at once', () => {
    expect(after(status(403))).toEqual({ type: 'reject' });
  });

  test('C5, C17: 404 asks the control plane, after every attempt', () => {
    for (const attempt of [1, 5, 9])
      expect(after(status(404), { attempt, elapsedMs: 60_000, usedUpBefore: true })).toEqual({
        type: 'verify-stream',
      });
  });
});

describe('C17, C4: 401', () => {
  test('C17: is tried again for a few seconds', () => {
    expect(after(status(401))).toEqual({ type: 'retry', afterMs: 125 });
    expect(after(status(401), { elapsedMs: AUTH_PATIENCE_MS - 126 })).toEqual({
      type: 'retry',
      afterMs: 125,
    });
  });

  test('C4: is rejected when the next attempt would come after that', () => {
    expect(after(status(401), { elapsedMs: AUTH_PATIENCE_MS - 125 })).toEqual({ type: 'reject' });
  });

  test('C4: is rejected when it was tried three times more than an outage would be', () => {
    const long = { ...LIMITS, baseDelayMs: 1 };
    expect(after(status(401), { attempt: 7 }, long)).toMatchObject({ type: 'retry' });
    expect(after(status(401), { attempt: 8 }, long)).toEqual({ type: 'reject' });
  });

  test('INV-10: never uses attempts up, so that the router is never asked to leave the region', () => {
    for (const attempt of [1, 5, 8, 20])
      expect(after(status(401), { attempt, usedUpBefore: true }).type).not.toBe('used-up');
  });
});

describe('A4, B8: the wait that the region names', () => {
  test('A4: is kept, and spread by up to a tenth', () => {
    expect(after(status(429, { retryAfter: '2' }))).toEqual({ type: 'retry', afterMs: 2_100 });
    expect(after(status(503, { message: 'next request can be made in 300 ms' }))).toEqual({
      type: 'retry',
      afterMs: 315,
    });
  });

  test('A4: is kept also when attempts are used up', () => {
    const failure = status(429, { retryAfter: '2' });
    expect(after(failure, { attempt: 5 })).toEqual({ type: 'used-up', afterMs: 2_100 });
    expect(after(failure, { attempt: 2, usedUpBefore: true })).toEqual({ type: 'used-up', afterMs: 2_100 });
  });

  test('B8: a date is taken by the wall clock, and no wait is longer than the cap', () => {
    const inThree = status(429, { retryAfter: 'Mon, 23 Nov 2026 12:00:03 GMT' });
    expect(after(inThree, { chance: 0 })).toEqual({ type: 'retry', afterMs: 3_000 });
    expect(after(status(429, { retryAfter: '1000000' }), { usedUpBefore: true })).toMatchObject({
      afterMs: 5_000,
    });
  });
});

test('INV-10: whatever the attempt, only what may pass by itself is tried again or asks the router', () => {
  const failures = fc.oneof(
    fc.integer({ min: 300, max: 599 }).map((code) => status(code)),
    fc.constantFrom(hang, reset, refusedConnection, unreadable, local, aborted, misconfigured),
  );
  const attempts = fc.record({
    failure: failures,
    messages: fc.integer({ min: 1, max: 500 }),
    attempt: fc.integer({ min: 1, max: 20 }),
    elapsedMs: fc.nat(20_000),
    tookMs: fc.nat(20_000),
    usedUpBefore: fc.boolean(),
    chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(attempts, (attempt) => {
      const { failure } = attempt;
      const step = after(failure, attempt);
      const code = failure.type === 'status' ? failure.status : undefined;
      const isTheCallers =
        failure.type === 'misconfigured' ||
        (code !== undefined && code < 500 && ![408, 409, 429].includes(code));
      if (step.type === 'used-up') expect(isTheCallers).toBe(false);
      if (step.type === 'retry') expect(isTheCallers && code !== 401).toBe(false);
      if (step.type === 'split') expect(attempt.messages).toBeGreaterThan(1);
      if ('afterMs' in step) expect(step.afterMs).toBeLessThanOrEqual(LIMITS.maxDelayMs);
    }),
  );
});
