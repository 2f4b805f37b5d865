import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import type { ConsumedMessage } from '../../runtime/index.ts';
import { commandLine } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

/** What a consumer hands out until all of `texts` came and nothing is left to commit. */
async function read(world: EmulatedWorld, texts: readonly string[]): Promise<ConsumedMessage[]> {
  const consumer = await world.consumer({ envelope: true, standbyPollMs: 200, idlePollMs: 50 });
  const seen: ConsumedMessage[] = [];
  void consumer.run((message) => seen.push(message));
  const isDone = (): boolean => {
    const { received, committed } = consumer.stats();
    return texts.every((text) => seen.some((each) => each.text() === text)) && committed === received;
  };
  await vi.waitUntil(isDone, { timeout: 30_000, interval: 20 });
  await consumer.close();
  return seen;
}

describe.concurrent('messages in envelopes', () => {
  test('A9, H12, INV-3: the reply is lost after the store: two are stored with one id, one is delivered', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer({ envelope: true });
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', reset: 'after', count: 1 });
    await producer.send({ key: 'k', value: 'once' });
    const ids = world.texts(SAO_PAULO).map((text) => (JSON.parse(text) as { id: string }).id);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);

    const seen = await read(world, ['once']);
    expect(seen.map((message) => [message.text(), message.keyText(), message.envelope?.id])).toEqual([
      ['once', 'k', ids[0]],
    ]);
  });

  test('A9, H12, INV-3: a region stores each attempt without a reply: one of the copies in both regions is delivered', async () => {
    await using world = await EmulatedWorld.start();
    await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
    const producer = await world.producer({ envelope: true });
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', reset: 'after' });
    const receipt = await producer.send({ key: 'k', value: 'once' });
    expect(receipt.region).toBe(VINHEDO);
    const texts = [...world.texts(SAO_PAULO), ...world.texts(VINHEDO)];
    expect(texts.length).toBeGreaterThan(2);
    expect(new Set(texts).size).toBe(1);

    expect((await read(world, ['once'])).map((message) => message.text())).toEqual(['once']);
  });

  test('H13: a message of another program is delivered as it is, marked, beside those in envelopes', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await (await world.producer()).send({ key: 'k', value: '{"specversion":"1.0","type":"com.example"}' });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await (await world.producer({ envelope: true })).send({ key: 'k', value: 'ours' }, { traceparent });

    const seen = await read(world, ['ours']);
    expect(seen.map((message) => [message.text(), message.envelope?.traceparent])).toEqual([
      ['{"specversion":"1.0","type":"com.example"}', undefined],
      ['ours', traceparent],
    ]);
    expect(seen.map(({ envelope }) => envelope?.sequence)).toEqual([undefined, 1]);
  });
});

describe.concurrent('envelopes on the command line', () => {
  test('H12, H13: a producer puts lines in them, a consumer prints what is inside, with the id in JSON', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '-', '-K:', '--envelope'], { input: 'k:one\n' });
    await commandLine(world, ['producer', '-'], { input: 'foreign\n' });
    const flags = ['consumer', '--count', '2', '--no-commit', '--envelope'];
    expect((await commandLine(world, flags)).stdout).toBe('one\nforeign\n');
    const { stdout } = await commandLine(world, [...flags, '--output', 'json']);
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const id = (JSON.parse(world.texts(SAO_PAULO)[0] ?? '') as { id: string }).id;
    expect(first).toMatchObject({ id, sequence: 1, late: false, key: 'k', value: 'one' });
    expect(second).toMatchObject({ id: null, late: false, value: 'foreign' });
    expect((await commandLine(world, [...flags, '--format', '%i=%v;'])).stdout).toBe(`${id}=one;=foreign;`);
  });

  test('INV-3: a consumer that starts again knows what was handled, when it has a directory', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    const directory = await mkdtemp(join(tmpdir(), 'dedupe-'));
    try {
      await commandLine(world, ['producer', '-', '-K:', '--envelope'], { input: 'k:one\nk:two\n' });
      const flags = ['consumer', '--until-idle', '1s', '--envelope', '--dedupe-directory', directory];
      expect((await commandLine(world, flags)).stdout).toBe('one\ntwo\n');
      const producer = await world.producer();
      for (const value of world.texts(SAO_PAULO)) await producer.send({ value });
      await commandLine(world, ['producer', '-', '-K:', '--envelope'], { input: 'k:three\n' });
      const again = await commandLine(world, flags);
      expect(again.stdout).toBe('three\n');
      expect(again.stderr).toContain('read 1 (sa-saopaulo-1 1), printed 1, copies removed 2, late 0');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  test('H12, INV-3: the summary of a read in passing counts the copies that it removed', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '-', '-K:', '--envelope'], { input: 'k:one\n' });
    const [copy = ''] = world.texts(SAO_PAULO);
    await (await world.producer()).send({ value: copy });
    const flags = ['consumer', '--no-commit', '--envelope', '--until-idle', '1s'];
    const { stdout, stderr } = await commandLine(world, flags);
    expect(stdout).toBe('one\n');
    expect(stderr).toContain('printed 1, copies removed 1, late 0');
  });

  test('I15, INV-3: a bounded read goes on to what lies behind many copies', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '-', '-K:', '--envelope'], { input: 'k:one\n' });
    const [copy = ''] = world.texts(SAO_PAULO);
    const producer = await world.producer();
    await producer.sendBatch(Array.from({ length: 60 }, () => ({ value: copy })));
    await producer.send({ value: 'last' });
    // Five reads a second: those of the copies take longer than the idle time.
    const flags = ['consumer', '--envelope', '--read-limit', '5', '--until-idle', '1s'];
    const { code, stdout, stderr } = await commandLine(world, flags);
    expect([code, stdout]).toEqual([0, 'one\nlast\n']);
    expect(stderr).toContain('printed 2, copies removed 60, late 0');
  });

  test('I6: flags that mean nothing together are refused', async () => {
    await using world = await EmulatedWorld.start();
    const alone = await commandLine(world, ['consumer', '--dedupe-directory', 'x']);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('needs --envelope')]);
    const passing = await commandLine(world, [
      'consumer',
      '--no-commit',
      '--envelope',
      '--dedupe-directory',
      'x',
    ]);
    expect([passing.code, passing.stderr]).toEqual([
      2,
      expect.stringContaining('--dedupe-directory has no meaning without a group'),
    ]);
  });
});
