import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { describe, expect, test, vi } from 'vitest';

import { linesOf } from '../../../runtime/log/lines.ts';
import { SAO_PAULO, VINHEDO } from '../../support/emulated-world.ts';
import { TwoStreams } from './two-streams.ts';

const STUCK = fileURLToPath(new URL('./stuck-consumer.ts', import.meta.url));

describe.concurrent('over HTTP', () => {
  test('H1: switches when the primary cannot be read, in the lines that users know', async () => {
    await using streams = await TwoStreams.start();
    const { world } = streams;
    await streams.record(SAO_PAULO);
    streams.readOn(await world.consumer());
    await streams.arrived(await streams.put(SAO_PAULO, 3));
    await world.emulator.setFaults(SAO_PAULO, { status: 500 });
    const switched = await world.event('now-consuming');
    await streams.arrived(await streams.put(VINHEDO, 3));

    const [failed] = world.eventsOf('read-failed');
    expect(failed && linesOf(failed).lines).toEqual(['Primary consumer error: 500']);
    expect(linesOf(switched).lines).toEqual([
      'FAILOVER: Now consuming from secondary stream:',
      `  OCID: ${switched.stream.ocid}`,
      `  Endpoint: ${world.emulator.regions[VINHEDO]}`,
    ]);
    expect(world.eventsOf('now-consuming')).toHaveLength(1);
  });

  test('H2: keeps trying the primary, and switches when the file names a secondary', async () => {
    await using streams = await TwoStreams.start();
    const { world } = streams;
    await world.emulator.setFaults(SAO_PAULO, {
      operation: ['CreateGroupCursor', 'GetMessages'],
      status: 503,
    });
    const consumer = await world.consumer();
    streams.readOn(consumer);
    const texts = await streams.put(VINHEDO, 3);
    await vi.waitUntil(() => world.eventsOf('read-failed').length > 2, { timeout: 45_000 });
    await streams.record(VINHEDO);
    await Promise.all([streams.arrived(texts), world.event('now-consuming')]);

    expect(consumer.active).toBe('secondary');
  });

  test('H3: reads both regions when the producer has failed over', async () => {
    await using streams = await TwoStreams.start();
    await streams.record(VINHEDO);
    const texts = [...(await streams.put(SAO_PAULO, 5)), ...(await streams.put(VINHEDO, 5))];
    streams.readOn(await streams.world.consumer());
    await streams.arrived(texts);

    expect(streams.received).toHaveLength(10);
  });

  test('H4: reads what the primary kept within 10 s of its return', async () => {
    await using streams = await TwoStreams.start();
    const { world } = streams;
    await streams.record(SAO_PAULO);
    const first = await streams.put(SAO_PAULO, 3);
    streams.readOn(await world.consumer());
    await streams.arrived(first);
    await vi.waitUntil(() => streams.uncommitted(SAO_PAULO) === 0, { timeout: 45_000 });
    await world.emulator.setFaults(SAO_PAULO, { operation: 'GetMessages', status: 503 });
    const unread = await streams.put(SAO_PAULO, 6);
    await world.event('now-consuming');
    // Longer than cursors live.
    world.emulator.clock.advance(6 * 60_000);
    await world.emulator.clearFaults(SAO_PAULO);
    await streams.arrived(unread.slice(3), 10_000);

    expect(streams.received).toEqual([...first, ...unread]);
  });

  test('H5: an expired cursor is made anew, without a word and without a copy', async () => {
    await using streams = await TwoStreams.start({ primary: 3 });
    const { world } = streams;
    const texts = await streams.put(SAO_PAULO, 30);
    const consumer = await world.consumer({ readLimit: 4 });
    let isMoved = false;
    void consumer.run((message) => {
      streams.received.push(message.text());
      // In the middle of a batch that is not committed.
      if (streams.received.length === 10 && !isMoved) {
        isMoved = true;
        world.emulator.clock.advance(6 * 60_000);
      }
    });
    await streams.arrived(texts);

    expect(streams.received).toHaveLength(30);
    // The cursor of the other region may have expired as well.
    const told = new Set(world.events.map(({ type }) => type).filter((type) => type !== 'stack-skipped'));
    expect(told).toEqual(new Set(['cursor-renewed']));
  });

  test('H6: what a killed process had not committed comes again, and none is skipped', async () => {
    await using streams = await TwoStreams.start();
    const { world } = streams;
    const texts = await streams.put(SAO_PAULO, 10);
    const env = { PATH: process.env['PATH'], HOME: world.directory, ...world.environment };
    const child = spawn(process.execPath, [STUCK, texts[4] ?? ''], {
      env,
      cwd: world.directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // However this test ends: a child that is left would keep the whole run open.
    using _ = { [Symbol.dispose]: () => void child.kill('SIGKILL') };
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await vi.waitUntil(() => printed.includes(`${texts[4]}\n`), { timeout: 45_000 });
    child.kill('SIGKILL');
    await once(child, 'close');
    streams.readOn(await world.consumer());
    await streams.arrived(texts);

    expect(printed.trim().split('\n')).toEqual(texts.slice(0, 5));
    expect(streams.received).toEqual(texts);
  });

  test('H7: a message that the handler cannot take stops the consumer, and is the first that comes again', async () => {
    await using streams = await TwoStreams.start();
    const { world } = streams;
    const texts = await streams.put(SAO_PAULO, 5);
    const consumer = await world.consumer({ maxHandlerAttempts: 2 });
    const run = consumer.run((message) => {
      if (message.text() === texts[2]) throw new Error('no');
    });
    await expect(run).rejects.toMatchObject({
      code: 'HANDLER',
      message: expect.stringContaining(`${SAO_PAULO}, partition 0, offset 2`),
    });
    await consumer.close();
    expect(streams.uncommitted(SAO_PAULO)).toBe(3);
    streams.readOn(await world.consumer());
    await streams.arrived(texts.slice(2));

    expect(streams.received).toEqual(texts.slice(2));
    expect(world.eventsOf('handler-failed')).toHaveLength(2);
  });

  test('H7: or goes to the dead-letter hook', async () => {
    await using streams = await TwoStreams.start();
    const texts = await streams.put(SAO_PAULO, 5);
    const consumer = await streams.world.consumer({ maxHandlerAttempts: 1 });
    const dead: string[] = [];
    void consumer.run(
      (message) => {
        if (message.text() === texts[2]) throw new Error('no');
        streams.received.push(message.text());
      },
      { onDeadLetter: (message) => dead.push(message.text()) },
    );
    await streams.arrived(texts.toSpliced(2, 1));
    await vi.waitUntil(() => streams.uncommitted(SAO_PAULO) === 0, { timeout: 45_000 });

    expect(dead).toEqual([texts[2]]);
  });

  test('H8: who lost its partition while its handler worked finishes, commits nothing, and the next owner has it all', async () => {
    await using streams = await TwoStreams.start();
    const { world } = streams;
    const { emulator } = world;
    await streams.record(SAO_PAULO);
    await emulator.setFaults(SAO_PAULO, { operation: 'ConsumerHeartbeat', status: 500 });
    const texts = await streams.put(SAO_PAULO, 3);
    const held = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const seen = [[], []] as [string[], string[]];
    const join = async (member: 0 | 1): Promise<void> => {
      const consumer = await world.consumer({ groupTimeoutMs: 1_000 });
      void consumer.run(async (message) => {
        seen[member].push(message.text());
        await held[member].promise;
      });
      await vi.waitUntil(() => seen[member].length > 0, { timeout: 45_000 });
    };
    await join(0);
    await join(1);
    held[0].resolve();
    await world.event('cursor-renewed');
    expect(seen[0]).toEqual(texts);
    expect(streams.uncommitted(SAO_PAULO)).toBe(3);
    held[1].resolve();
    await vi.waitUntil(() => streams.uncommitted(SAO_PAULO) === 0, { timeout: 45_000 });

    expect(seen[1]).toEqual(texts);
  });

  test('H9: two consumers share the partitions, and one takes over what the other leaves', async () => {
    await using streams = await TwoStreams.start({ primary: 4 });
    const { world } = streams;
    const byMember = new Map<string, number>();
    const join = async (name: string) => {
      const consumer = await world.consumer({ groupTimeoutMs: 1_000 });
      void consumer.run((message) => {
        byMember.set(name, (byMember.get(name) ?? 0) + 1);
        streams.received.push(message.text());
      });
      return consumer;
    };
    const first = await join('first');
    await join('second');
    const holders = (): Set<unknown> => new Set(streams.holders(SAO_PAULO));
    await vi.waitUntil(() => holders().size === 2 && !holders().has(undefined), { timeout: 45_000 });
    await streams.arrived(await streams.put(SAO_PAULO, 40));
    expect([...byMember.keys()].toSorted()).toEqual(['first', 'second']);
    expect(streams.received).toHaveLength(40);
    await first.close();
    streams.received.length = 0;
    await streams.arrived(await streams.put(SAO_PAULO, 40));

    expect(streams.received).toHaveLength(40);
    expect(streams.holders(SAO_PAULO)).toHaveLength(4);
  });

  test('H10: tells which messages retention took while one partition could not be read', async () => {
    await using streams = await TwoStreams.start({ primary: 2 });
    const { emulator } = streams.world;
    const log = (partition: number) =>
      emulator.state().regions[SAO_PAULO]!.streams[0]!.partitions[partition]!;
    await streams.record(SAO_PAULO);
    streams.readOn(await streams.world.consumer());
    await streams.arrived(await streams.put(SAO_PAULO, 20));
    await vi.waitUntil(() => streams.uncommitted(SAO_PAULO) === 0, { timeout: 45_000 });
    const read = log(0).nextOffset;
    await emulator.setFaults(SAO_PAULO, { reads: { status: 500, partition: 0 } });
    await streams.put(SAO_PAULO, 20);
    // The group lives on: its other partition is read.
    emulator.clock.advance(47 * 3_600_000); // retention is 48 hours
    await vi.waitUntil(() => streams.uncommitted(SAO_PAULO) === read, { timeout: 45_000 });
    emulator.clock.advance(2 * 3_600_000);
    await streams.put(SAO_PAULO, 20);
    const lost = { partition: '0', from: read, to: log(0).nextOffset - log(0).messages - 1 };
    await emulator.clearFaults(SAO_PAULO);

    expect(await streams.world.event('gap')).toEqual({ type: 'gap', region: SAO_PAULO, ...lost });
    await vi.waitUntil(() => streams.uncommitted(SAO_PAULO) === 0, { timeout: 45_000 });
    expect(streams.world.eventsOf('gap')).toHaveLength(1);
  });

  test('H11: reads every partition of both regions, however many there are', async () => {
    await using streams = await TwoStreams.start({ primary: 2, secondary: 5 });
    await streams.record(SAO_PAULO);
    const texts = [...(await streams.put(SAO_PAULO, 40)), ...(await streams.put(VINHEDO, 40))];
    const partitions = new Set<string>();
    const consumer = await streams.world.consumer({ readLimit: 5 });
    void consumer.run((message) => {
      partitions.add(`${message.region}/${message.partition}`);
      streams.received.push(message.text());
    });
    await streams.arrived(texts);

    expect(partitions.size).toBe(7);
    expect(streams.received).toHaveLength(80);
  });

  test('H18: finds what is written late to the region that is not active within 10 s', async () => {
    await using streams = await TwoStreams.start();
    await streams.record(VINHEDO);
    streams.readOn(await streams.world.consumer());
    await streams.arrived(await streams.put(VINHEDO, 1));
    const late = await streams.put(SAO_PAULO, 3);
    await streams.arrived(late, 10_000);

    expect(streams.received.slice(1)).toEqual(late);
  });

  test('H15, H22: close commits a batch that is handled in part, and the next process goes on in a second', async () => {
    await using streams = await TwoStreams.start({ primary: 3 });
    const texts = await streams.put(SAO_PAULO, 60);
    const first = await streams.world.consumer();
    for await (const message of first) {
      streams.received.push(message.text());
      if (streams.received.length === 25) void first.close();
    }
    await first.close();
    expect(streams.uncommitted(SAO_PAULO)).toBe(35);
    streams.readOn(await streams.world.consumer());
    await streams.arrived(texts, 5_000);

    expect(streams.received).toHaveLength(60);
  });

  test('H1: consumeOnce reads what is there, switches when that fails, and commits with the next call', async () => {
    await using streams = await TwoStreams.start();
    const { world } = streams;
    await streams.record(SAO_PAULO);
    const consumer = await world.consumer();
    const texts = await streams.put(SAO_PAULO, 3);
    expect((await consumer.consumeOnce()).map((message) => message.text())).toEqual(texts);
    expect(streams.uncommitted(SAO_PAULO)).toBe(3);
    expect(await consumer.consumeOnce()).toEqual([]);
    expect(streams.uncommitted(SAO_PAULO)).toBe(0);
    await world.emulator.setFaults(SAO_PAULO, { refuse: true });
    const elsewhere = await streams.put(VINHEDO, 3);

    expect((await consumer.consumeOnce()).map((message) => message.text())).toEqual(elsewhere);
    expect(consumer.active).toBe('secondary');
  });
});
