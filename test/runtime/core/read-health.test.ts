import { describe, expect, it } from 'vitest';

import {
  afterReadFailure,
  NOT_READ_YET,
  otherTakesOver,
  type CallFailure,
  type ReadFault,
  type ReadHealth,
} from '../../../runtime/core/index.ts';

const LIMITS = {
  maxAttempts: 5,
  retryWindowMs: 6_000,
  baseDelayMs: 250,
  maxDelayMs: 5_000,
  standbyPollMs: 8_000,
};

interface Given {
  readonly fault?: ReadFault;
  readonly failure?: CallFailure;
  readonly active?: boolean;
  readonly now?: number;
}

function fail(health: ReadHealth, given: Given = {}) {
  const { fault = 'region', active = true, now = 0 } = given;
  const failure = given.failure ?? { type: 'status', status: 500, code: '', message: '' };
  return afterReadFailure(health, { fault, failure, active, now, wallMs: 0, chance: 0.5 }, LIMITS);
}

function failTimes(times: number, given: Given, everyMs: number): ReadHealth {
  let health = NOT_READ_YET;
  for (let attempt = 0; attempt < times; attempt++)
    health = fail(health, { ...given, now: attempt * everyMs }).health;
  return health;
}

describe('H1 when attempts are used up', () => {
  it('takes as many as maxAttempts, over more than a hiccup', () => {
    expect(failTimes(4, {}, 600)).toMatchObject({ state: 'retrying', attempts: 4 });
    expect(failTimes(5, {}, 600)).toEqual({ state: 'failing', attempts: 5, since: 0, latest: '500' });
    expect(failTimes(5, {}, 100)).toMatchObject({ state: 'retrying', attempts: 5 });
  });

  it('or lasts until the retry window would be over', () => {
    expect(failTimes(2, {}, 5_000).state).toBe('retrying');
    expect(failTimes(2, {}, 5_900).state).toBe('failing');
  });

  it('backs off from attempt to attempt, and asks a standby that fails for good at a steady pace', () => {
    const first = fail(NOT_READ_YET);
    const second = fail(first.health);
    expect([first.pauseMs, second.pauseMs]).toEqual([125, 250]);
    expect(fail(failTimes(5, {}, 600), { active: false, now: 3_000 }).pauseMs).toBe(5_000);
  });

  it('begins anew after an answer', () => {
    expect(fail({ state: 'answering', at: 5_000 }, { now: 6_000 }).health).toMatchObject({
      attempts: 1,
      since: 6_000,
    });
  });
});

describe('what is not an outage', () => {
  it('H5 asks for a new cursor at once, then with backoff, and gives up on the sixth in a row', () => {
    const pauses: number[] = [];
    let health = NOT_READ_YET;
    for (let attempt = 0; attempt < 5; attempt++) {
      const next = fail(health, { fault: 'cursor' });
      pauses.push(next.pauseMs);
      health = next.health;
    }
    expect(pauses).toEqual([0, 125, 250, 500, 1_000]);
    expect(health).toEqual({ state: 'renewing', attempts: 5 });
    expect(fail(health, { fault: 'cursor' }).health.state).toBe('refused');
  });

  it('H17 waits as long as a 429 says, and a second when it says nothing', () => {
    const text = 'Too many requests, next request can be made in 300 ms';
    const told = { type: 'status', status: 429, code: '', message: text } as const;
    expect(fail({ state: 'answering', at: 0 }, { fault: 'throttled', failure: told })).toEqual({
      health: { state: 'answering', at: 0 },
      pauseMs: 315,
    });
    expect(fail(NOT_READ_YET, { fault: 'throttled' }).pauseMs).toBe(1_050);
  });

  it('D13 bears with a 404 for half a minute', () => {
    const first = fail(NOT_READ_YET, { fault: 'absent', now: 1_000 });
    expect(first).toEqual({ health: { state: 'missing', since: 1_000 }, pauseMs: 1_050 });
    expect(fail(first.health, { fault: 'absent', now: 30_000 }).health.state).toBe('missing');
    expect(fail(first.health, { fault: 'absent', now: 31_000 }).health.state).toBe('refused');
  });
});

describe('who takes over', () => {
  const failing: ReadHealth = { state: 'failing', attempts: 5, since: 1_000, latest: '500' };

  it('is a region that has answered since the active one began to fail', () => {
    expect(otherTakesOver(failing, { state: 'answering', at: 1_000 })).toBe(true);
    expect(otherTakesOver(failing, { state: 'answering', at: 999 })).toBe(false);
    expect(otherTakesOver(failing, NOT_READ_YET)).toBe(false);
    expect(otherTakesOver(failing, failing)).toBe(false);
  });

  it('is nobody while the active one is merely being retried, or refuses', () => {
    const answering: ReadHealth = { state: 'answering', at: 2_000 };
    expect(otherTakesOver({ ...failing, state: 'retrying' }, answering)).toBe(false);
    expect(otherTakesOver({ state: 'refused' }, answering)).toBe(false);
  });
});
