import { expect, test } from 'vitest';

import {
  errorCode,
  evidenceOf,
  failureKind,
  isTransient,
  type CallFailure,
  type FailureKind,
  type HaErrorCode,
} from '../../../runtime/core/index.ts';
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

const LIMIT_MS = 2_000;

type Row = [
  id: string,
  failure: CallFailure,
  kind: FailureKind,
  passes: boolean,
  quick: number,
  slow: number,
  code: HaErrorCode,
];

/** The table of failure kinds in design.md: kind, whether it passes by itself, evidence of a quick and of a slow one. */
const rows: Row[] = [
  ['A2', status(500), 'region-fault', true, 1, 1.15, 'CALL_FAILED'],
  ['A1', status(501), 'region-fault', true, 1, 1.15, 'CALL_FAILED'],
  ['A1', status(502), 'region-fault', true, 1, 1.15, 'CALL_FAILED'],
  ['A1', status(503), 'region-fault', true, 1, 1.15, 'CALL_FAILED'],
  ['A3', status(504), 'region-fault', true, 1, 1.15, 'CALL_FAILED'],
  ['A24', status(408), 'region-fault', true, 0.5, 0.5, 'CALL_FAILED'],
  ['A4', status(429), 'throttled', true, 0.75, 0.75, 'CALL_FAILED'],
  ['B7', status(300), 'misconfigured', false, 0, 0, 'CONFIG'],
  ['B7', status(302), 'misconfigured', false, 0, 0, 'CONFIG'],
  ['B7', status(399), 'misconfigured', false, 0, 0, 'CONFIG'],
  ['C2', status(400), 'caller-fault', false, 0, 0, 'REJECTED'],
  ['C4', status(401), 'auth-fault', false, 0, 0, 'AUTH'],
  ['C5', status(403), 'auth-fault', false, 0, 0, 'AUTH'],
  ['C5', status(404), 'absent', false, 0, 0, 'NOT_AUTHORIZED_OR_NOT_FOUND'],
  ['D7', status(409), 'conflict', true, 0, 0, 'CALL_FAILED'],
  ['B10', status(413), 'caller-fault', false, 0, 0, 'REJECTED'],
  ['INV-10', status(422), 'caller-fault', false, 0, 0, 'REJECTED'],
  ['INV-10', status(499), 'caller-fault', false, 0, 0, 'REJECTED'],
  ['B5', unreadable, 'ambiguous', true, 1, 1.15, 'PROTOCOL'],
  ['A8', hang, 'ambiguous', true, 1.15, 1.15, 'CALL_FAILED'],
  ['A9', reset, 'ambiguous', true, 1, 1.15, 'CALL_FAILED'],
  ['A5', refusedConnection, 'unreachable', true, 1.15, 1.15, 'CALL_FAILED'],
  ['C12', local, 'local-fault', true, 0, 0, 'CALL_FAILED'],
  ['I3', aborted, 'local-fault', true, 0, 0, 'ABORTED'],
  ['C19', misconfigured, 'misconfigured', false, 0, 0, 'CONFIG'],
];

test.each(rows)('%s: %j is %s', (_, failure, kind, passes, quick, slow, code) => {
  expect(failureKind(failure)).toBe(kind);
  expect(isTransient(failure)).toBe(passes);
  expect(errorCode(failure)).toBe(code);
  expect(evidenceOf(failure, 5, LIMIT_MS)).toBe(quick);
  expect(evidenceOf(failure, LIMIT_MS, LIMIT_MS)).toBe(slow);
});

test('A3: a failure weighs like silence from four fifths of the time that a call has', () => {
  expect(evidenceOf(status(504), 1_599, LIMIT_MS)).toBe(1);
  expect(evidenceOf(status(504), 1_600, LIMIT_MS)).toBe(1.15);
  expect(evidenceOf(status(504), 1_900, 10_000)).toBe(1);
});

test('A10: no failure weighs so much that 30 % of the calls, failing so at random, add up to a verdict', () => {
  for (const [, failure] of rows) {
    const weight = evidenceOf(failure, LIMIT_MS, LIMIT_MS);
    // The expected factor of the odds in a call: above 1 they grow without end.
    expect(0.3 * Math.exp(weight) + 0.7 * Math.exp(-2.6)).toBeLessThan(1.001);
  }
});
