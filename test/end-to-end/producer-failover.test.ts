import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

/** Sends `count` messages at `perSecond` over `keys` keys; gives their values and what became of each. */
async function publish(
  producer: Awaited<ReturnType<EmulatedWorld['producer']>>,
  { count, keys = 8 }: { count: number; keys?: number },
): Promise<{ values: string[]; rejected: unknown[] }> {
  const values = Array.from({ length: count }, (_, n) => `m${n}`);
  const outcome = await Promise.allSettled(
    values.map((value, n) => producer.send({ key: `k${n % keys}`, value })),
  );
  return {
    values,
    rejected: outcome.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])),
  };
}

/** Each key's numbers, in the order of partition and offset, never fall. */
function expectOrder(stored: readonly { partition: string; keyText: string | null; text: string }[]): void {
  const latest = new Map<string, number>();
  for (const { keyText, partition, text } of stored) {
    const key = `${partition}/${keyText}`;
    expect(Number(text.slice(1))).toBeGreaterThanOrEqual(latest.get(key) ?? -1);
    latest.set(key, Number(text.slice(1)));
  }
}

/** How soon is proved in virtual time (test/runtime/manager): this machine's clock is nobody's proof. */
const outages = {
  'A1: 503 to every call': { fault: { status: 503 }, latest: '503' },
  'A2: 500 to every call': { fault: { status: 500 }, latest: '500' },
  'A5: connections are refused': { fault: { refuse: true }, latest: 'connection refused' },
  'A8: connections are taken, and nothing is answered': {
    fault: { hang: true },
    withinMs: 8_000,
    latest: 'no answer in 2000 ms',
  },
} as const;

describe.concurrent.each(Object.entries(outages))('%s', (_, { fault, latest }) => {
  test('INV-1, INV-2, G4, D1: fails over once, to a secondary that it makes; nothing is lost, and each key keeps its order', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer();
    const before = await publish(producer, { count: 100 });
    await world.emulator.setFaults(SAO_PAULO, fault);
    const after = await publish(producer, { count: 400 });
    expect([...before.rejected, ...after.rejected]).toEqual([]);
    const started = world.eventsOf('failover-started');
    expect(started).toMatchObject([{ because: { latest } }]);
    expect(world.eventsOf('secondary-created')).toHaveLength(1);
    expect(world.eventsOf('failover-done')).toHaveLength(1);
    const stored = world.stored(VINHEDO);
    expect(new Set(stored.map(({ text }) => text))).toEqual(new Set(after.values));
    expectOrder(stored);
    const [made] = world.emulator.state().regions[VINHEDO]?.streams ?? [];
    expect(made).toMatchObject({
      name: 'OCI-SECONDARY-STREAM',
      retentionInHours: 48,
      lifecycleState: 'ACTIVE',
    });
    expect(made?.partitions).toHaveLength(3);
    await world.event('record-written');
    const record = await readFile(world.recordFile, 'latin1');
    expect(record.split('\n')[0]).toBe('#Secondary stream info (OCID + endpoint)');
    expect(record).toContain(`SECONDARY_STREAM_OCID=${made?.id}`);
    expect(record).toContain(`ACTIVE_REGION=${VINHEDO}`);
  });
});

test.concurrent('A4: 429 to every call: waits follow Retry-After, and it fails over when it lasts', async () => {
  await using world = await EmulatedWorld.start();
  await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
  const producer = await world.producer();
  await world.emulator.setFaults(SAO_PAULO, {
    status: 429,
    operation: 'PutMessages',
    headers: { 'retry-after': '1' },
  });
  const { rejected } = await publish(producer, { count: 200 });
  expect(rejected).toEqual([]);
  expect(world.eventsOf('failover-started')).toMatchObject([{ because: { latest: '429' } }]);
  for (const { retryInMs } of world.eventsOf('attempt-failed'))
    expect(retryInMs ?? 1_000).toBeGreaterThanOrEqual(1_000);
});

test.concurrent('A4: with failoverOnThrottle off it is paced, and everything is stored where it belongs', async () => {
  await using world = await EmulatedWorld.start();
  const producer = await world.producer({ failoverOnThrottle: false });
  await world.emulator.setFaults(SAO_PAULO, { status: 429, operation: 'PutMessages', count: 40 });
  const { rejected, values } = await publish(producer, { count: 200 });
  expect(rejected).toEqual([]);
  expect(world.eventsOf('failover-started')).toEqual([]);
  expect(new Set(world.texts(SAO_PAULO))).toEqual(new Set(values));
});

test.concurrent('A9, B6: stored, then the connection drops: sent again; a copy, never a loss', async () => {
  await using world = await EmulatedWorld.start();
  const producer = await world.producer();
  await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', reset: 'after', count: 1 });
  await producer.send({ key: 'k', value: 'once' });
  expect(world.texts(SAO_PAULO)).toEqual(['once', 'once']);
  expect(world.eventsOf('attempt-failed')).toMatchObject([{ kind: 'ambiguous', failure: { type: 'reset' } }]);
});

test.concurrent('A12: dead for 1.5 s, then well: no failover', async () => {
  await using world = await EmulatedWorld.start();
  const producer = await world.producer();
  await world.emulator.setFaults(SAO_PAULO, { status: 503, forMs: 1_500 });
  const { rejected } = await publish(producer, { count: 200 });
  expect(rejected).toEqual([]);
  expect(world.eventsOf('failover-started')).toEqual([]);
});

test.concurrent('A19: one message while the region is dead goes to a ready secondary', async () => {
  await using world = await EmulatedWorld.start();
  await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
  const producer = await world.producer();
  await world.emulator.setFaults(SAO_PAULO, { hang: true });
  const receipt = await producer.send({ value: 'lonely' });
  expect(receipt.region).toBe(VINHEDO);
});

test.concurrent('C8: neither region can be reached: no failover; messages wait, and go on when the network is back', async () => {
  await using world = await EmulatedWorld.start();
  await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
  const producer = await world.producer({ probeIntervalMs: 200 });
  for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.setFaults(region, { refuse: true });
  const sent = publish(producer, { count: 50 });
  await world.event('no-region');
  for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.clearFaults(region);
  expect((await sent).rejected).toEqual([]);
  expect(new Set([...world.texts(SAO_PAULO), ...world.texts(VINHEDO)]).size).toBe(50);
});

test.concurrent('G1, G7: a restart in the outage begins on the secondary; when the primary is well again it fails back', async () => {
  await using world = await EmulatedWorld.start();
  const first = await world.producer();
  await world.emulator.setFaults(SAO_PAULO, { status: 500 });
  await publish(first, { count: 50 });
  await first.close();
  const calls = world.emulator.state().regions[SAO_PAULO]?.calls['PutMessages']?.['500'] ?? 0;
  const second = await world.producer({ probeIntervalMs: 100, failbackAfterMs: 300 });
  const { region } = await second.send({ value: 'm1000' });
  expect(region).toBe(VINHEDO);
  expect(
    (world.emulator.state().regions[SAO_PAULO]?.calls['PutMessages']?.['500'] ?? 0) - calls,
  ).toBeLessThan(3);
  await world.emulator.clearFaults(SAO_PAULO);
  let at = VINHEDO;
  for (let n = 2_000; at === VINHEDO; n++) at = (await second.send({ key: 'k', value: `m${n}` })).region;
  await world.event('record-written');
  expect(world.eventsOf('failback-done')).toMatchObject([{ from: VINHEDO, to: { region: SAO_PAULO } }]);
  await second.close();
  expect(await readFile(world.recordFile, 'latin1')).toContain(`ACTIVE_REGION=${SAO_PAULO}`);
});

test.concurrent('A3: 504 to every call, each after 1.9 s: fails over to a ready secondary', async () => {
  await using world = await EmulatedWorld.start();
  await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
  const producer = await world.producer();
  await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', status: 504, latencyMs: 1_900 });
  const { rejected } = await publish(producer, { count: 20 });
  expect(rejected).toEqual([]);
  expect(world.eventsOf('failover-started')).toMatchObject([{ because: { latest: '504' } }]);
  expect(new Set(world.texts(VINHEDO)).size).toBe(20);
});

test.concurrent('B13, G2: a trial whose every entry is refused is no failback; the next one is', async () => {
  await using world = await EmulatedWorld.start();
  const producer = await world.producer({ probeIntervalMs: 50, failbackAfterMs: 100 });
  await world.emulator.setFaults(SAO_PAULO, { status: 500 });
  await publish(producer, { count: 10 });
  await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', count: 1, entries: { status: 500 } });
  let at = VINHEDO;
  for (let n = 0; at === VINHEDO; n++) at = (await producer.send({ key: 'k', value: `m${n}` })).region;
  const types = world.events.map(({ type }) => type);
  expect(world.eventsOf('trial-failed')).toMatchObject([{ region: SAO_PAULO, failure: '500' }]);
  expect(types.indexOf('failback-done')).toBeGreaterThan(types.indexOf('trial-failed'));
});

test.concurrent('G5: with failback off it stays on the secondary', async () => {
  await using world = await EmulatedWorld.start();
  const producer = await world.producer({ failback: false, probeIntervalMs: 50, failbackAfterMs: 100 });
  await world.emulator.setFaults(SAO_PAULO, { status: 500 });
  await publish(producer, { count: 10 });
  await world.emulator.clearFaults(SAO_PAULO);
  const healthy = (): boolean => world.eventsOf('probe').some(({ phase }) => phase === 'ready');
  for (let n = 0; n < 1_000 && !healthy(); n++) await producer.send({ key: 'k', value: `m${n}` });
  expect(healthy()).toBe(true);
  expect((await producer.send({ value: 'last' })).region).toBe(VINHEDO);
  expect(world.eventsOf('failback-done')).toEqual([]);
});

test.concurrent('INV-1: sendWithHA, as the Java program has it', async () => {
  await using world = await EmulatedWorld.start();
  const manager = await world.manager();
  expect((await manager.sendWithHA('hello')).region).toBe(SAO_PAULO);
  await world.emulator.setFaults(SAO_PAULO, { status: 500 });
  expect((await manager.sendWithHA('hello again')).region).toBe(VINHEDO);
  expect(manager.active?.role).toBe('secondary');
  await manager.close();
  await expect(manager.sendWithHA('too late')).rejects.toMatchObject({ code: 'CLOSED' });
});
