import { describe, expect, test } from 'vitest';

import { Manager } from '../../../runtime/producer/index.ts';
import { status } from '../../support/fake-region.ts';
import { World } from '../router/world.ts';

describe('the statistics of a producer', () => {
  test('count what is accepted, buffered, sent, stored and refused, and the requests that it took', async () => {
    const { clock, producer, primary } = new World({ settings: { maxAttempts: 3 } });
    expect(producer.stats()).toEqual({
      bufferedMessages: 0,
      bufferedBytes: 0,
      sent: 0,
      failed: 0,
      attempts: 0,
      storedByRegion: {},
      active: { role: 'primary', region: 'sa-saopaulo-1', since: new Date(clock.wall()).toISOString() },
      switches: 0,
      standbyProblem: undefined,
    });
    let failures = 2;
    primary.putBehaviour = () => (failures-- > 0 ? status(503) : undefined);
    const sent = producer.send({ value: 'one' });
    expect(producer.stats()).toMatchObject({ sent: 1, bufferedMessages: 1, bufferedBytes: 1024 + 3 });
    await clock.passUntil(sent);
    expect(producer.stats()).toMatchObject({
      sent: 1,
      attempts: 3,
      bufferedMessages: 0,
      bufferedBytes: 0,
      storedByRegion: { 'sa-saopaulo-1': 1 },
    });
    primary.putBehaviour = () => status(400);
    const refused = Promise.allSettled([producer.send({ value: 'two' })]);
    expect(await clock.passUntil(refused)).toMatchObject([{ reason: { code: 'REJECTED' } }]);
    expect(producer.stats()).toMatchObject({ sent: 2, failed: 1, attempts: 4 });
  });

  test('INV-6: say which region is active and since when, and count the switches', async () => {
    const { clock, producer, primary } = new World();
    const startedAt = new Date(clock.wall()).toISOString();
    await clock.pass(60_000);
    expect(producer.stats().active?.since).toBe(startedAt);
    primary.putBehaviour = () => status(503);
    await clock.passUntil(producer.send({ value: 'x' }));
    const { active, switches, storedByRegion } = producer.stats();
    expect([active?.role, active?.region, switches]).toEqual(['secondary', 'sa-vinhedo-1', 1]);
    expect(Date.parse(active?.since ?? '')).toBeGreaterThan(Date.parse(startedAt) + 60_000);
    expect(storedByRegion).toEqual({ 'sa-vinhedo-1': 1 });
  });
});

test('I2: `closed` of a producer and of its manager resolve when they are closed, not before', async () => {
  const { clock, router, settings } = new World();
  const manager = new Manager({ router, settings, clock, emit: () => {}, onClosed: () => router.close() });
  const producer = manager.createProducer();
  const ended: string[] = [];
  void producer.closed.then(() => ended.push('producer'));
  void manager.closed.then(() => ended.push('manager'));
  await clock.pass(1_000);
  expect(ended).toEqual([]);
  await clock.passUntil(producer.close());
  expect(ended).toEqual(['producer']);
  await clock.passUntil(Promise.all([manager.close(), manager.close()]));
  expect(ended).toEqual(['producer', 'manager']);
});

test.each([null, undefined, 5, 'text', [], {}, { value: 5 }, { value: null }, { key: 1, value: 'v' }])(
  'C1: %j is no message: BAD_MESSAGE, and nothing is sent',
  async (message) => {
    const { producer, primary } = new World();
    await expect(producer.send(message as never)).rejects.toMatchObject({ code: 'BAD_MESSAGE' });
    expect(producer.stats()).toMatchObject({ sent: 0, bufferedMessages: 0 });
    expect(primary.puts).toBe(0);
  },
);

test.each([null, undefined, 5, [], { value: null }])(
  'C1: sendWithHA(%j) is BAD_MESSAGE too',
  async (message) => {
    const { clock, router, settings } = new World();
    const manager = new Manager({ router, settings, clock, emit: () => {}, onClosed: () => router.close() });
    await expect(manager.sendWithHA(message as never)).rejects.toMatchObject({ code: 'BAD_MESSAGE' });
  },
);
