import { describe, expect, it, test } from 'vitest';

import { readFault, type CallFailure, type ReadFault, type ReadStep } from '../../../runtime/core/index.ts';

function status(code: number, message = ''): CallFailure {
  return { type: 'status', status: code, code: '', message };
}

describe('what a failed read means', () => {
  it.each<CallFailure>([
    status(500),
    status(503),
    status(408),
    { type: 'timeout', afterMs: 2_000 },
    { type: 'reset', detail: 'ECONNRESET' },
    { type: 'unreachable', reason: 'refused', detail: 'ECONNREFUSED' },
    { type: 'unreadable', status: 200, start: '<html>' },
  ])('H1: %o is the fault of the region', (failure) => {
    expect(readFault(failure, 'read')).toBe('region');
  });

  it.each([
    'The cursor is expired. Create a new one.',
    'The cursor is invalid. Create a new one.',
    'Trying to commit unreserved partition',
    'a text that nobody has seen yet',
  ])('H5: 400 %s is the fault of the cursor', (text) => {
    expect(readFault(status(400, text), 'read')).toBe('cursor');
  });

  test('H10: a lost position is told from a lost cursor, whichever call says so', () => {
    const text = 'The cursor is outside the retention period and is now invalid.';
    expect(readFault(status(400, text), 'read')).toBe('retention');
    expect(readFault(status(400, text), 'cursor')).toBe('retention');
    expect(readFault(status(400, text), 'locate')).toBe('refused');
  });

  it.each<[CallFailure, ReadStep, ReadFault]>([
    [status(409), 'read', 'cursor'],
    [status(409), 'cursor', 'passing'],
    [status(409), 'locate', 'passing'],
    [status(400, 'LimitExceeded'), 'cursor', 'refused'],
    [status(413), 'read', 'refused'],
    [status(401), 'read', 'unauthorized'],
    [status(403), 'locate', 'unauthorized'],
    [status(404), 'read', 'absent'],
    [status(302), 'read', 'refused'],
    [{ type: 'misconfigured', detail: 'no endpoint' }, 'locate', 'refused'],
    [status(429), 'read', 'throttled'],
    [status(429), 'cursor', 'throttled'],
    [{ type: 'local', detail: 'EMFILE' }, 'read', 'passing'],
    [{ type: 'aborted', written: false }, 'read', 'passing'],
  ])('H14, H17, H19: %o in the step %s is %s', (failure, step, fault) => {
    expect(readFault(failure, step)).toBe(fault);
  });
});
