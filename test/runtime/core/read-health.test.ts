import { describe, expect, it, test } from 'vitest';

import {
  afterReadFailure,
  type CallFailure,
  endsReading,
  NOT_READ_YET,
  otherTakesOver,
  readFault,
  type ReadFault,
  type ReadHealth,
  type ReadStep,
} from '../../../runtime/core/index.ts';

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
    [status(409), 'cursor', 'temporary'],
    [status(409), 'locate', 'temporary'],
    [status(400, 'LimitExceeded'), 'cursor', 'refused'],
    [status(413), 'read', 'refused'],
    [status(401), 'read', 'unauthorized'],
    [status(403), 'locate', 'unauthorized'],
    [status(404), 'read', 'absent'],
    [status(302), 'read', 'refused'],
    [{ type: 'misconfigured', detail: 'no endpoint' }, 'locate', 'refused'],
    [status(429), 'read', 'throttled'],
    [status(429), 'cursor', 'throttled'],
    [{ type: 'local', detail: 'EMFILE' }, 'read', 'temporary'],
    [{ type: 'aborted', written: false }, 'read', 'temporary'],
  ])('H14, H17, H19: %o in the step %s is %s', (failure, step, fault) => {
    expect(readFault(failure, step)).toBe(fault);
  });
});

const LIMITS = {
  maxAttempts: 5,
  retryWindowMs: 6_000,
  baseDelayMs: 250,
  maxDelayMs: 5_000,
  standbyPollMs: 8_000,
};
const START = 1_000_000;

interface Given {
  readonly fault?: ReadFault;
  readonly failure?: CallFailure;
  readonly active?: boolean;
  /** ms since START */
  readonly after?: number;
}

function fail(health: ReadHealth, given: Given = {}) {
  const { fault = 'region', active = true, after = 0, failure = status(500) } = given;
  const times = { now: START + after, wallMs: 0, chance: 0.5 };
  return afterReadFailure(health, { fault, failure, active, ...times }, LIMITS);
}

function failTimes(times: number, given: Given, everyMs: number): ReadHealth {
  let health = NOT_READ_YET;
  for (let attempt = 0; attempt < times; attempt++)
    health = fail(health, { ...given, after: attempt * everyMs }).health;
  return health;
}

describe('when attempts are used up', () => {
  test('H1: after maxAttempts, over more than a hiccup', () => {
    expect(failTimes(4, {}, 600)).toMatchObject({ type: 'retrying', attempts: 4 });
    expect(failTimes(5, {}, 600)).toEqual({ type: 'failing', attempts: 5, since: START, latest: '500' });
    expect(failTimes(5, {}, 100)).toMatchObject({ type: 'retrying', attempts: 5 });
  });

  test('H1: or when the retry window would be over', () => {
    expect(failTimes(2, {}, 5_000).type).toBe('retrying');
    expect(failTimes(2, {}, 5_900).type).toBe('failing');
  });

  test('H1: it stays failing until it answers', () => {
    const failing = failTimes(5, {}, 600);
    expect(fail(failing, { after: 3_000 }).health).toMatchObject({
      type: 'failing',
      attempts: 6,
      since: START,
    });
  });

  test('H1: it stays failing also where a short wait would fit into the window again', () => {
    const failing: ReadHealth = { type: 'failing', attempts: 2, since: START, latest: '500' };
    expect(fail(failing, { after: 1_000 }).health).toMatchObject({ type: 'failing', attempts: 3 });
  });

  test('H1, H19: failures of another kind are counted by themselves', () => {
    const refused: ReadHealth = { type: 'refused', since: START, latest: '403', final: true };
    expect(fail(refused, { after: 9_000 }).health).toMatchObject({ type: 'retrying', since: START + 9_000 });
    const retrying: ReadHealth = { type: 'retrying', attempts: 2, since: START, latest: '500' };
    const after = fail(retrying, { fault: 'unauthorized', after: 9_000 }).health;
    expect(after).toMatchObject({ type: 'refused', since: START + 9_000, final: false });
  });

  test('H1, H4: it backs off from attempt to attempt; one that is not active is read at a steady pace', () => {
    const first = fail(NOT_READ_YET);
    const second = fail(first.health);
    expect([first.pauseMs, second.pauseMs]).toEqual([125, 250]);
    const failing = failTimes(5, {}, 600);
    expect(fail(failing, { active: false, after: 3_000 }).pauseMs).toBe(5_000);
    expect(fail(failing, { active: true, after: 3_000 }).pauseMs).toBe(2_500);
  });

  test('H1: it begins anew after an answer', () => {
    const answering: ReadHealth = { type: 'answering', at: START + 5_000 };
    expect(fail(answering, { after: 6_000 }).health).toMatchObject({ attempts: 1, since: START + 6_000 });
  });
});

describe('what is not an outage', () => {
  test('H5: a new cursor is asked for at once, then with backoff; the sixth in a row is a refusal', () => {
    const pauses: number[] = [];
    let health = NOT_READ_YET;
    for (let attempt = 0; attempt < 5; attempt++) {
      const next = fail(health, { fault: 'cursor' });
      pauses.push(next.pauseMs);
      health = next.health;
    }
    expect(pauses).toEqual([0, 125, 250, 500, 1_000]);
    expect(health).toEqual({ type: 'renewing', attempts: 5 });
    expect(fail(health, { fault: 'cursor' }).health).toMatchObject({ type: 'refused', final: true });
  });

  test('H17: it waits as long as a 429 says, and a second when it says nothing', () => {
    const failure = status(429, 'Too many requests, next request can be made in 300 ms');
    const answering: ReadHealth = { type: 'answering', at: START };
    expect(fail(answering, { fault: 'throttled', failure })).toEqual({ health: answering, pauseMs: 315 });
    const header = { ...status(429), retryAfter: '2' } as CallFailure;
    expect(fail(answering, { fault: 'throttled', failure: header }).pauseMs).toBe(2_100);
    expect(fail(NOT_READ_YET, { fault: 'throttled' }).pauseMs).toBe(1_050);
  });

  test('A15: a fault of this machine says nothing against the region', () => {
    const answering: ReadHealth = { type: 'answering', at: START };
    expect(fail(answering, { fault: 'temporary' })).toEqual({ health: answering, pauseMs: 1_050 });
  });
});

describe('a refusal', () => {
  test('D13: a 404 of the active region is final after half a minute, and read each second until then', () => {
    const failure = status(404);
    const first = fail(NOT_READ_YET, { fault: 'absent', failure });
    expect(first).toEqual({
      health: { type: 'refused', since: START, latest: '404', final: false },
      pauseMs: 1_050,
    });
    expect(fail(first.health, { fault: 'absent', after: 29_999 }).health).toMatchObject({ final: false });
    expect(fail(first.health, { fault: 'absent', after: 30_000 }).health).toMatchObject({ final: true });
  });

  test('H19: a 401 or 403 of the active region is final after 5 s, anything else at once', () => {
    const first = fail(NOT_READ_YET, { fault: 'unauthorized' }).health;
    expect(first).toMatchObject({ final: false });
    expect(fail(first, { fault: 'unauthorized', after: 4_999 }).health).toMatchObject({ final: false });
    expect(fail(first, { fault: 'unauthorized', after: 5_000 }).health).toMatchObject({ final: true });
    expect(fail(NOT_READ_YET, { fault: 'refused' }).health).toMatchObject({ final: true });
  });

  test('H19: the pause of a region that is not active grows from 5 s to a minute, and it is never given up', () => {
    let health = NOT_READ_YET;
    let after = 0;
    const pauses: number[] = [];
    for (let times = 0; times < 9; times++) {
      const next = fail(health, { fault: 'unauthorized', active: false, after });
      health = next.health;
      after += next.pauseMs;
      pauses.push(next.pauseMs);
    }
    expect(pauses.map((ms) => ms / 1_000)).toEqual([5, 5, 10, 20, 40, 60, 60, 60, 60]);
  });

  test('H19: the same for an active one whose refusal is final', () => {
    const refused: ReadHealth = { type: 'refused', since: START, latest: '403', final: true };
    expect(fail(refused, { fault: 'absent', after: 20_000 })).toMatchObject({
      health: { since: START, final: true },
      pauseMs: 20_000,
    });
  });
});

describe('who takes over', () => {
  const failing: ReadHealth = { type: 'failing', attempts: 5, since: START, latest: '500' };

  test('H1: a region that has answered since the active one began to fail', () => {
    expect(otherTakesOver(failing, { type: 'answering', at: START })).toBe(true);
    expect(otherTakesOver(failing, { type: 'answering', at: START - 1 })).toBe(false);
    expect(otherTakesOver(failing, NOT_READ_YET)).toBe(false);
    expect(otherTakesOver(failing, failing)).toBe(false);
  });

  test('H1, INV-10: nobody while the active one is merely being retried, or refuses', () => {
    const answering: ReadHealth = { type: 'answering', at: START + 2_000 };
    expect(otherTakesOver({ ...failing, type: 'retrying' }, answering)).toBe(false);
    expect(otherTakesOver({ type: 'answering', at: START }, answering)).toBe(false);
    expect(otherTakesOver({ type: 'refused', since: START, latest: '401', final: true }, answering)).toBe(
      false,
    );
  });
});

describe('what ends reading', () => {
  const final: ReadHealth = { type: 'refused', since: START, latest: '401', final: true };
  const passing: ReadHealth = { ...final, final: false };
  const answering: ReadHealth = { type: 'answering', at: START };

  test.each<['primary' | 'secondary', ReadHealth, ReadHealth, boolean]>([
    ['primary', final, answering, true],
    ['primary', final, NOT_READ_YET, true],
    ['primary', passing, answering, false],
    ['primary', answering, final, false],
    ['secondary', final, answering, false],
    ['secondary', final, NOT_READ_YET, false],
    ['secondary', final, passing, false],
    ['secondary', final, final, true],
    ['secondary', passing, final, false],
  ])('H19, INV-10: %s active and %o, the other one %o: %s', (role, health, other, ends) => {
    expect(endsReading({ role, health }, other)).toBe(ends);
  });
});
