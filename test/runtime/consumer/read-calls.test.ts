import { describe, expect, test } from 'vitest';

import { readError, readFailureEvent } from '../../../runtime/consumer/read-calls.ts';
import type { CallFailure, ReadFault, ReadHealth } from '../../../runtime/core/index.ts';
import { status } from './group-region.ts';

const ANSWERING: ReadHealth = { type: 'answering', at: 0 };
const RETRYING: ReadHealth = { type: 'retrying', attempts: 1, since: 0, latest: '503' };
const FAILING: ReadHealth = { type: 'failing', attempts: 5, since: 0, latest: '503' };

interface Case {
  readonly fault?: ReadFault;
  readonly failure?: CallFailure;
  readonly active?: boolean;
  readonly before: ReadHealth;
  readonly after: ReadHealth;
}

function eventOf({ fault = 'region', failure = status(503), active = true, before, after }: Case) {
  const where = { region: 'sa-saopaulo-1', role: 'primary' } as const;
  const error = readError(failure, after, { ...where, operation: 'GetMessages' });
  const event = readFailureEvent({
    ...where,
    active,
    fault,
    failure,
    error,
    before,
    after,
    pauseMs: 250,
  });
  return event?.type;
}

describe('the event for a failed read', () => {
  test('H1: every failure of the active region is one', () => {
    expect(eventOf({ before: ANSWERING, after: RETRYING })).toBe('read-failed');
    expect(eventOf({ before: FAILING, after: FAILING })).toBe('read-failed');
  });

  test('H18: of the other region only changes are', () => {
    expect(eventOf({ active: false, before: ANSWERING, after: RETRYING })).toBe('read-failed');
    expect(eventOf({ active: false, before: RETRYING, after: FAILING })).toBe('read-failed');
    expect(eventOf({ active: false, before: FAILING, after: FAILING })).toBeUndefined();
  });

  test('H15: none when the consumer itself ended the call', () => {
    const failure: CallFailure = { type: 'aborted', written: true };
    expect(eventOf({ failure, before: ANSWERING, after: RETRYING })).toBeUndefined();
  });

  test('H5, H10, H17: a lost cursor has its own event, retention and throttling have none', () => {
    expect(eventOf({ fault: 'cursor', before: ANSWERING, after: ANSWERING })).toBe('cursor-renewed');
    expect(eventOf({ fault: 'retention', before: ANSWERING, after: ANSWERING })).toBeUndefined();
    expect(eventOf({ fault: 'throttled', before: ANSWERING, after: ANSWERING })).toBeUndefined();
  });
});
