import { describe, expect, it } from 'vitest';

import { readFault, type CallFailure } from '../../../runtime/core/index.ts';

function status(code: number, message = ''): CallFailure {
  return { type: 'status', status: code, code: '', message };
}

describe('what a failed read means', () => {
  it.each<CallFailure>([
    status(500),
    status(503),
    { type: 'timeout', afterMs: 2_000 },
    { type: 'reset', detail: 'ECONNRESET' },
    { type: 'unreachable', reason: 'refused', detail: 'ECONNREFUSED' },
    { type: 'unreadable', status: 200, start: '<html>' },
  ])('%o is the fault of the region', (failure) => {
    expect(readFault(failure, 'read')).toBe('region');
  });

  it.each([
    'The cursor is expired. Create a new one.',
    'The cursor is invalid. Create a new one.',
    'Trying to commit unreserved partition',
    'a text that nobody has seen yet',
  ])('400 %s is the fault of the cursor', (text) => {
    expect(readFault(status(400, text), 'read')).toBe('cursor');
  });

  it('takes a conflict for a cursor of before a rebalance', () => {
    expect(readFault(status(409), 'read')).toBe('cursor');
    expect(readFault(status(409), 'cursor')).toBe('passing');
  });

  it('tells a lost position from a lost cursor, whichever call says so', () => {
    const text = 'The cursor is outside the retention period and is now invalid.';
    expect(readFault(status(400, text), 'read')).toBe('retention');
    expect(readFault(status(400, text), 'cursor')).toBe('retention');
  });

  it('leaves to a person what no new cursor mends', () => {
    expect(readFault(status(400, 'LimitExceeded'), 'cursor')).toBe('refused');
    expect(readFault(status(401), 'read')).toBe('refused');
    expect(readFault(status(403), 'read')).toBe('refused');
    expect(readFault(status(302), 'read')).toBe('refused');
  });

  it('knows throttling, absence and faults of this machine', () => {
    expect(readFault(status(429), 'read')).toBe('throttled');
    expect(readFault(status(404), 'read')).toBe('absent');
    expect(readFault({ type: 'local', detail: 'EMFILE' }, 'read')).toBe('passing');
  });
});
