import { describe, expect, test } from 'vitest';

import { ReadingHealth } from '../../../runtime/consumer/reading-health.ts';
import type { CallFailure, ReadFault } from '../../../runtime/core/index.ts';
import { readSettings } from '../../../runtime/settings/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { status } from './group-region.ts';

/** Of a region that has answered. */
function answering(clock = new VirtualClock()): ReadingHealth {
  const settings = readSettings({ compartmentId: 'ocid1.compartment.oc1..a' }, {});
  const health = new ReadingHealth({ region: 'sa-saopaulo-1', role: 'primary', settings, clock });
  health.answered();
  return health;
}

/** Fails so often, `apartMs` apart; gives the types of the events. */
async function eventsOf(
  times: number,
  {
    fault = 'region',
    failure = status(503),
    active = true,
    apartMs = 10_000,
  }: { fault?: ReadFault; failure?: CallFailure; active?: boolean; apartMs?: number } = {},
): Promise<{ events: (string | undefined)[]; health: ReadingHealth }> {
  const clock = new VirtualClock();
  const health = answering(clock);
  const events: (string | undefined)[] = [];
  for (let time = 0; time < times; time++) {
    events.push(health.failed({ operation: 'GetMessages', fault, failure, active }).event?.type);
    await clock.pass(apartMs);
  }
  return { events, health };
}

describe('the event for a failed read', () => {
  test('H1: every failure of the active region is one', async () => {
    const { events, health } = await eventsOf(20);
    expect(new Set(events)).toEqual(new Set(['read-failed']));
    expect(health.now.type).toBe('failing');
    expect(health.error?.message).toContain('503');
  });

  test('H18: of the other region only changes are', async () => {
    const { events, health } = await eventsOf(20, { active: false });
    expect(events[0]).toBe('read-failed');
    const failingFrom = events.indexOf(undefined);
    expect(failingFrom).toBeGreaterThan(1);
    expect(events.slice(0, failingFrom)).toEqual(Array(failingFrom).fill('read-failed'));
    expect(events.slice(failingFrom)).toEqual(Array(20 - failingFrom).fill(undefined));
    expect(health.now.type).toBe('failing');
  });

  test('H18: and each failure until its attempts are used up', async () => {
    const { events, health } = await eventsOf(3, { active: false, apartMs: 100 });
    expect(health.now.type).toBe('retrying');
    expect(events).toEqual(Array(3).fill('read-failed'));
  });

  test('H19: a refusal is a warning, once, that names the stream', async () => {
    const { events, health } = await eventsOf(20, { fault: 'refused', failure: status(400) });
    expect(events).toEqual(['warning', ...Array<undefined>(19).fill(undefined)]);
    expect(health.error?.message).toMatch(/^The primary stream in sa-saopaulo-1 cannot be read: /);
  });

  test('H19: a refusal of the other region for another reason is one more', () => {
    const health = answering();
    const refused = (code: number) =>
      health.failed({ operation: 'GetMessages', fault: 'refused', failure: status(code), active: false });
    const events = [400, 400, 403].map((code) => refused(code).event?.type);
    expect(events).toEqual(['warning', undefined, 'warning']);
  });

  test('H19: the error of a refusal has the failed call as its cause', async () => {
    const { health } = await eventsOf(1, { fault: 'refused', failure: status(400) });
    expect(health.error?.cause).toMatchObject({ failure: { status: 400 } });
  });

  test('H15: none when the consumer itself ended the call', async () => {
    const { events } = await eventsOf(2, { failure: { type: 'aborted', written: true } });
    expect(events).toEqual([undefined, undefined]);
  });

  test('H5, H10, H17: a lost cursor has its own event, retention and throttling have none', async () => {
    expect((await eventsOf(1, { fault: 'cursor', failure: status(400) })).events).toEqual(['cursor-renewed']);
    expect((await eventsOf(1, { fault: 'retention' })).events).toEqual([undefined]);
    expect((await eventsOf(1, { fault: 'throttled', failure: status(429) })).events).toEqual([undefined]);
  });
});

test('H4: what is forgotten counts no more', async () => {
  const { health } = await eventsOf(20);
  health.forget();
  expect(health.now).toEqual({ type: 'unknown' });
});
