import type { StreamProducer } from '../../runtime/producer/index.ts';
import { describe, expect, test, vi } from 'vitest';

import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

/** A producer whose primary has just died; the settings only make the test quick. */
async function outage(world: EmulatedWorld): Promise<StreamProducer> {
  const producer = await world.producer();
  await world.emulator.setFaults(SAO_PAULO, { refuse: true });
  return producer;
}

const secondaries = (world: EmulatedWorld): { name: string; lifecycleState: string; id: string }[] =>
  [...(world.emulator.state().regions[VINHEDO]?.streams ?? [])].filter(
    ({ name }) => name === 'OCI-SECONDARY-STREAM',
  );

const creates = (world: EmulatedWorld): number =>
  Object.values(world.emulator.state().regions[VINHEDO]?.calls['CreateStream'] ?? {}).reduce(
    (sum, count) => sum + count,
    0,
  );

describe.concurrent('the secondary has to be made', () => {
  test('D1: absent: created, marked, waited for, used', async () => {
    await using world = await EmulatedWorld.start({ createDelayMs: 1_000 });
    const producer = await outage(world);
    expect((await producer.send({ value: 'a' })).region).toBe(VINHEDO);
    expect(secondaries(world)).toMatchObject([{ lifecycleState: 'ACTIVE' }]);
    expect(world.eventsOf('secondary-absent')).toHaveLength(1);
    expect(world.eventsOf('secondary-awaited').length).toBeGreaterThan(0);
    expect(world.eventsOf('secondary-created')).toHaveLength(1);
  });

  test('D2: it exists: adopted, without a create call', async () => {
    await using world = await EmulatedWorld.start();
    const ocid = await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
    const before = creates(world);
    const producer = await outage(world);
    expect((await producer.send({ value: 'a' })).stream).toBe(ocid);
    expect(creates(world)).toBe(before);
  });

  test('D3: it is CREATING: nothing is sent to it before it is ACTIVE', async () => {
    await using world = await EmulatedWorld.start({ createDelayMs: 2_000 });
    const making = world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
    const producer = await outage(world);
    const { stream } = await producer.send({ value: 'a' });
    expect(stream).toBe(await making);
    expect(world.emulator.state().regions[VINHEDO]?.calls['PutMessages']).not.toHaveProperty('404');
    expect(secondaries(world)).toHaveLength(1);
  });

  test('D6: the answer to the create is lost: found, not made twice', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await outage(world);
    await world.emulator.setFaults(VINHEDO, { operation: 'CreateStream', reset: 'after', count: 1 });
    await producer.send({ value: 'a' });
    expect(secondaries(world)).toHaveLength(1);
    expect(world.eventsOf('provision-failed')).toHaveLength(1);
  });

  test('D8, E9: a recorded stream that is gone is passed over with a warning; DELETED ones are never used', async () => {
    await using world = await EmulatedWorld.start();
    const gone = await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
    const first = await outage(world);
    await first.send({ value: 'a' });
    await first.close();
    await world.emulator.clearFaults();
    await world.deleteStream(VINHEDO, gone);
    const second = await world.producer();
    expect((await second.send({ value: 'b' })).region).toBe(SAO_PAULO);
    expect(world.eventsOf('stream-gone')).toMatchObject([{ ocid: gone }]);
    await world.emulator.setFaults(SAO_PAULO, { refuse: true });
    const receipt = await second.send({ value: 'c' });
    expect(receipt.region).toBe(VINHEDO);
    expect(receipt.stream).not.toBe(gone);
  });

  test('D9: no more partitions may be made: the remedy is told, messages wait, and go on when the primary is back', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await outage(world);
    await world.emulator.setFaults(VINHEDO, {
      operation: 'CreateStream',
      status: 400,
      code: 'LimitExceeded',
      message: 'You exceed the number of allowed partitions',
    });
    const sent = producer.send({ value: 'a' });
    const { error, retryInMs } = await world.event('provision-failed');
    expect(error.message).toMatch(/allowed partitions.*Ask for more partitions in sa-vinhedo-1/);
    expect(retryInMs).toBe(60_000);
    await world.emulator.clearFaults(SAO_PAULO);
    expect((await sent).region).toBe(SAO_PAULO);
  });

  test('D5: a stream that went FAILED is not adopted', async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(VINHEDO, { operation: 'CreateStream', creationEnds: 'failed', count: 1 });
    const producer = await outage(world);
    expect((await producer.send({ value: 'a' })).region).toBe(VINHEDO);
    expect(
      secondaries(world)
        .map(({ lifecycleState }) => lifecycleState)
        .sort(),
    ).toEqual(['ACTIVE', 'FAILED']);
  });

  test('D10: creating it is answered 500 twice: looked for again, then created; one stream', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await outage(world);
    await world.emulator.setFaults(VINHEDO, { operation: 'CreateStream', status: 500, count: 2 });
    expect((await producer.send({ value: 'a' })).region).toBe(VINHEDO);
    expect(secondaries(world)).toHaveLength(1);
    expect(world.eventsOf('provision-failed')).toHaveLength(2);
  });

  test('D11: it has fewer partitions than the primary: adopted, and warned about in words', async () => {
    await using world = await EmulatedWorld.start();
    const ocid = await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM', 1);
    const producer = await outage(world);
    expect((await producer.send({ value: 'a' })).stream).toBe(ocid);
    const { warnings } = await world.event('secondary-adopted');
    expect(warnings.join()).toContain('it has 1 partitions, the primary 3');
  });

  test('D13: the new stream answers 404, then 503 at first: waited for', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await outage(world);
    const put = { operation: 'PutMessages' } as const;
    await world.emulator.setFaults(VINHEDO, [
      { ...put, status: 404, count: 2 },
      { ...put, status: 503, count: 2 },
    ]);
    expect((await producer.send({ value: 'a' })).region).toBe(VINHEDO);
    expect(world.texts(VINHEDO)).toEqual(['a']);
  });

  test('D14: it is down as well: messages wait, and go where there is an answer first', async () => {
    await using world = await EmulatedWorld.start();
    await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
    const producer = await outage(world);
    await world.emulator.setFaults(VINHEDO, { status: 503 });
    const sent = producer.send({ value: 'a' });
    expect(await world.event('no-region')).toMatchObject({
      because: expect.stringMatching(/both-down|no-stream/) as string,
    });
    expect(world.stored(VINHEDO)).toEqual([]);
    await world.emulator.clearFaults(VINHEDO);
    expect((await sent).region).toBe(VINHEDO);
  });

  test('D15: it is deleted while it is active: made anew, which is told', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await outage(world);
    const { stream } = await producer.send({ value: 'a' });
    await world.deleteStream(VINHEDO, stream);
    const receipt = await producer.send({ value: 'b' });
    expect(receipt.region).toBe(VINHEDO);
    expect(receipt.stream).not.toBe(stream);
    expect(world.eventsOf('stream-gone')).toMatchObject([{ region: VINHEDO, ocid: stream }]);
  });

  test('D16: it was there before: the failover needs no control plane', async () => {
    await using world = await EmulatedWorld.start();
    const ocid = await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
    const producer = await world.producer();
    const probed = (): boolean => world.emulator.state().regions[VINHEDO]?.calls['PutMessages'] !== undefined;
    await vi.waitUntil(probed, { timeout: 30_000 });
    const listed = JSON.stringify(world.emulator.state().regions[VINHEDO]?.calls['ListStreams']);
    await world.emulator.setFaults(VINHEDO, [
      { operation: 'ListStreams', status: 503 },
      { operation: 'GetStream', status: 503 },
    ]);
    await world.emulator.setFaults(SAO_PAULO, { refuse: true });
    expect((await producer.send({ value: 'a' })).stream).toBe(ocid);
    expect(JSON.stringify(world.emulator.state().regions[VINHEDO]?.calls['ListStreams'])).toBe(listed);
  });
});
