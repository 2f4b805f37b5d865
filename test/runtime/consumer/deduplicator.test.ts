import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { ConsumedMessage } from '../../../runtime/consumer/index.ts';
import { Deduplicator } from '../../../runtime/consumer/deduplicator.ts';
import { EnvelopeWriter, writeDeadLetter, type RecentHashes } from '../../../runtime/core/index.ts';
import { status } from './group-region.ts';
import { textsOf, World } from './world.ts';

/** Envelopes of one producer. */
class Sender {
  readonly #writer = new EnvelopeWriter('0123456789abcdefghij');

  wrap(text: string, key: string | null = null): { key: Buffer | null; value: Buffer } {
    const message = { key: key === null ? null : Buffer.from(key), value: Buffer.from(text) };
    return {
      key: message.key,
      value: Buffer.from(this.#writer.wrap(message, Date.UTC(2026, 10, 26)), 'base64'),
    };
  }
}

/** Ids that outlive a consumer. */
class KeptIds {
  readonly #ids: string[] = [];

  load(to: RecentHashes): void {
    for (const id of this.#ids) to.add(id);
  }

  async append(ids: readonly string[]): Promise<void> {
    this.#ids.push(...ids);
  }

  get all(): readonly string[] {
    return this.#ids;
  }
}

function enveloped(options = {}): World {
  return new World({ options: { envelope: true, ...options } });
}

/** A loop that has the message `one` in hand, of which the other region has a copy. */
async function loopWithOneCopy(world: World): Promise<AsyncGenerator<ConsumedMessage, void, undefined>> {
  const { key, value } = new Sender().wrap('one');
  world.primary.storeBytes(0, key, value);
  world.secondary.storeBytes(0, key, value);
  const loop = world.consumer[Symbol.asyncIterator]();
  await world.clock.passUntil(loop.next(), 1_000);
  return loop;
}

describe('a message in an envelope', () => {
  test('H12: is handed out without it, with its id and sequence', async () => {
    await using world = enveloped();
    const { key, value } = new Sender().wrap('paid', 'order-1');
    world.primary.storeBytes(0, key, value);
    const seen: ConsumedMessage[] = [];
    void world.consumer.run((message) => seen.push(message));
    await world.clock.pass(1_000);

    expect(seen.map((message) => [message.text(), message.keyText(), message.late])).toEqual([
      ['paid', 'order-1', false],
    ]);
    expect(seen[0]?.envelope).toMatchObject({ id: '0123456789abcdefghij-1', sequence: 1 });
  });

  test('A9, H12, INV-3: a copy in the same region, or in the other one, is removed, committed and counted', async () => {
    await using world = enveloped();
    const sender = new Sender();
    const [one, two] = [sender.wrap('one'), sender.wrap('two')];
    for (const { key, value } of [one, one, two]) world.primary.storeBytes(0, key, value);
    void world.readOn();
    await world.clock.pass(20_000);
    world.secondary.storeBytes(0, two.key, two.value);
    await world.clock.pass(20_000);

    expect(world.received).toEqual(['one', 'two']);
    expect(world.consumer.stats()).toMatchObject({ received: 4, copies: 2, late: 0 });
    expect([...world.primary.uncommitted(), ...world.secondary.uncommitted()]).toEqual([]);
  });

  test('H12: in raw mode the envelope is the value, and a copy is delivered', async () => {
    await using world = new World();
    const { key, value } = new Sender().wrap('one');
    world.primary.storeBytes(0, key, value);
    world.primary.storeBytes(0, key, value);
    void world.readOn();
    await world.clock.pass(1_000);

    expect(world.received).toEqual([value.toString(), value.toString()]);
  });

  test('H13: a message without a whole envelope is passed through as it is, marked, copies too', async () => {
    await using world = enveloped();
    const { value } = new Sender().wrap('cut off');
    const texts = ['plain', 'plain', '{"specversion":"1.0"}', value.subarray(0, -4).toString()];
    world.primary.store(0, ...texts);
    const seen: ConsumedMessage[] = [];
    void world.consumer.run((message) => seen.push(message));
    await world.clock.pass(1_000);

    expect(seen.map((message) => message.text())).toEqual(texts);
    expect(seen.map(({ envelope, late }) => [envelope, late])).toEqual(texts.map(() => [undefined, false]));
  });

  test('INV-2: one that is read later than a newer one of its key is marked late, and counted', async () => {
    await using world = enveloped();
    const sender = new Sender();
    const [older, newer] = [sender.wrap('older', 'k'), sender.wrap('newer', 'k')];
    world.primary.storeBytes(0, newer.key, newer.value);
    const seen: [string, boolean][] = [];
    void world.consumer.run((message) => seen.push([message.text(), message.late]));
    await world.clock.pass(1_000);
    world.secondary.storeBytes(0, older.key, older.value);
    await world.clock.pass(20_000);

    expect(seen).toEqual([
      ['newer', false],
      ['older', true],
    ]);
    expect(world.consumer.stats().late).toBe(1);
  });
});

/** As another program writes it. */
function foreign(source: string, id: string, sequence = '1'): Buffer {
  const type = 'oci-streaming-ha.message';
  return Buffer.from(
    JSON.stringify({ specversion: '1.0', type, source, id, sequence, time: 'now', data: `${source}: ${id}` }),
  );
}

describe('envelopes of other programs', () => {
  test('H12, INV-3: an id counts for its source alone, whatever both look like', async () => {
    await using world = enveloped();
    const pairs = [
      ['a', 'ab-1'],
      ['ab', 'ab-1'],
      ['1', '17'],
      ['17', '17'],
      ['a', 'a b'],
      ['a', 'b'],
      ['a b', 'b'],
      ['x', '["a","b"]'],
    ] as const;
    for (const [source, id] of pairs) {
      world.primary.storeBytes(0, null, foreign(source, id));
      world.primary.storeBytes(0, null, foreign(source, id));
    }
    void world.readOn();
    await world.clock.pass(5_000);

    expect(world.received).toEqual(pairs.map(([source, id]) => `${source}: ${id}`));
    expect(world.consumer.stats().copies).toBe(pairs.length);
  });

  test('INV-2: a key counts for its source alone', async () => {
    await using world = enveloped();
    world.primary.storeBytes(0, Buffer.from('b c'), foreign('a', 'one', '2'));
    world.primary.storeBytes(0, Buffer.from('c'), foreign('a b', 'two', '1'));
    void world.readOn();
    await world.clock.pass(5_000);

    expect(world.received).toHaveLength(2);
    expect(world.consumer.stats().late).toBe(0);
  });
});

describe('an id is remembered when its message is handled', () => {
  test('H7, INV-3: a message that a loop was left with is handed out again, its copy is not', async () => {
    await using world = enveloped();
    const one = new Sender().wrap('one');
    world.primary.storeBytes(0, one.key, one.value);
    world.primary.storeBytes(0, one.key, one.value);
    const messages = world.consumer[Symbol.asyncIterator]();
    await world.clock.passUntil(messages.next(), 1_000);
    await messages.return();
    expect(world.consumer.stats().copies).toBe(0);
    void world.readOn();
    await world.clock.pass(1_000);

    expect(world.received).toEqual(['one']);
    expect(world.consumer.stats().copies).toBe(1);
  });

  test('INV-3: a copy waits while another loop has its message, and is handed out when that one gives it up', async () => {
    await using world = enveloped();
    const first = await loopWithOneCopy(world);
    void world.readOn();
    await world.clock.pass(5_000);
    expect(world.received).toEqual([]);
    expect([...world.primary.uncommitted(), ...world.secondary.uncommitted()]).toHaveLength(2);
    await first.return();
    await world.clock.pass(20_000);

    expect(world.received).toEqual(['one']);
    expect([...world.primary.uncommitted(), ...world.secondary.uncommitted()]).toEqual([]);
  });

  test('INV-3: a run that ends while it waits for a copy gives up nothing that another loop has', async () => {
    await using world = enveloped();
    const first = await loopWithOneCopy(world);
    const ends = new AbortController();
    const waiting = world.consumer.run(() => {}, { signal: ends.signal });
    await world.clock.pass(20_000);
    ends.abort();
    await waiting;
    void world.readOn();
    await world.clock.pass(20_000);
    expect(world.received).toEqual([]);
    void first.next();
    await world.clock.pass(20_000);

    expect(world.consumer.stats().copies).toBe(1);
    expect([...world.primary.uncommitted(), ...world.secondary.uncommitted()]).toEqual([]);
  });

  test('H15, INV-3: close ends a loop that waits for the copy of another one', async () => {
    await using world = enveloped();
    await loopWithOneCopy(world);
    const run = world.readOn();
    await world.clock.pass(5_000);
    await world.close();
    await run;

    expect([...world.primary.uncommitted(), ...world.secondary.uncommitted()]).toHaveLength(2);
  });

  test('H6, INV-3: consumeOnce gives no copy, and reads on past a read that holds only copies', async () => {
    await using world = enveloped({ readLimit: 1 });
    const sender = new Sender();
    const [one, two] = [sender.wrap('one'), sender.wrap('two')];
    for (const { key, value } of [one, one, two]) world.primary.storeBytes(0, key, value);
    const texts: string[] = [];
    for (let pass = 0; pass < 2; pass++) {
      const messages = await world.clock.passUntil(world.consumer.consumeOnce(), 10_000);
      texts.push(messages.map((message) => message.text()).join());
    }
    expect(texts).toEqual(['one', 'two']);
  });

  test('INV-3, H6: whatever copies there are, each message is handled once, and none is left', async () => {
    const steps = fc.array(
      fc.record({ id: fc.nat(7), region: fc.constantFrom('primary', 'secondary'), partition: fc.nat(1) }),
      { maxLength: 30 },
    );
    const faults = fc.array(fc.nat(40), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(steps, faults, async (copies, failures) => {
        await using world = new World({
          options: { envelope: true, readLimit: 3, maxHandlerAttempts: 1_000 },
          partitions: { primary: 2, secondary: 2 },
        });
        const sender = new Sender();
        const messages = Array.from({ length: 8 }, (_, id) => sender.wrap(`message ${id}`, 'key'));
        for (const { id, region, partition } of copies) {
          const { key, value } = messages[id]!;
          world[region].storeBytes(partition, key, value);
        }
        const failing = new Set(failures);
        let calls = 0;
        void world.consumer.run((message) => {
          if (failing.has(calls++)) throw new Error('not now');
          world.received.push(message.text());
        });
        await world.clock.pass(10_000);
        world.primary.spoilCursors();
        world.secondary.fault = () => status(503);
        await world.clock.pass(1_000);
        world.secondary.fault = undefined;
        await world.clock.pass(60_000);
        const sent = new Set(copies.map(({ id }) => `message ${id}`));
        expect(world.received.toSorted()).toEqual([...sent].toSorted());
        expect([...world.primary.uncommitted(), ...world.secondary.uncommitted()]).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a message that is read from dead letters', () => {
  const position = { region: 'sa-saopaulo-1', stream: 'ocid-first', partition: '0', offset: 3 };

  function letterOf(value: Buffer, offset: number): Buffer {
    const letter = { id: `ocid-first/0/${offset}`, reason: 'no customer', attempts: 5, first: position };
    return writeDeadLetter(letter, 'billing', '2026-11-26T12:00:00.000Z', value);
  }

  test('H7: is handed out as it was, with the reason, in raw mode too', async () => {
    await using world = new World({ options: { fromDeadLetters: 'failed' } });
    const enveloped = new Sender().wrap('two').value;
    world.primary.storeBytes(0, Buffer.from('k'), letterOf(Buffer.from('one'), 3));
    world.primary.storeBytes(0, null, letterOf(enveloped, 6));
    world.primary.store(0, 'stored without a reason');
    const seen: ConsumedMessage[] = [];
    void world.consumer.run((message) => seen.push(message));
    await world.clock.pass(1_000);

    expect(textsOf(seen)).toEqual(['one', enveloped.toString(), 'stored without a reason']);
    expect(seen.map(({ deadLetter, envelope }) => [deadLetter?.reason, envelope])).toEqual([
      ['no customer', undefined],
      ['no customer', undefined],
      [undefined, undefined],
    ]);
    expect(seen[0]?.deadLetter).toMatchObject({ attempts: 5, first: position });
    expect(seen[0]?.keyText()).toBe('k');
    expect(Buffer.from(seen[0]!.stored).toString()).toBe('one');
  });

  test('H7: is a message like any other for a consumer that reads no dead letters', async () => {
    await using world = enveloped();
    const stored = letterOf(Buffer.from('one'), 3);
    world.primary.storeBytes(0, null, stored);
    const seen: ConsumedMessage[] = [];
    void world.consumer.run((message) => seen.push(message));
    await world.clock.pass(1_000);
    expect(seen.map(({ deadLetter, value }) => [deadLetter, Buffer.from(value)])).toEqual([
      [undefined, stored],
    ]);
  });

  test('H7, H12: comes out of its envelope too, is never late, and keeps its envelope if it fails again', async () => {
    await using world = enveloped({ fromDeadLetters: 'failed' });
    const sender = new Sender();
    const [older, newer] = [sender.wrap('older', 'k'), sender.wrap('newer', 'k')];
    world.primary.storeBytes(0, newer.key, letterOf(newer.value, 3));
    world.primary.storeBytes(0, older.key, letterOf(older.value, 6));
    const seen: ConsumedMessage[] = [];
    void world.consumer.run((message) => seen.push(message));
    await world.clock.pass(1_000);

    expect(textsOf(seen)).toEqual(['newer', 'older']);
    expect(seen.map(({ late, envelope }) => [late, envelope?.sequence])).toEqual([
      [false, 2],
      [false, 1],
    ]);
    expect(seen.map(({ stored }) => Buffer.from(stored))).toEqual([newer.value, older.value]);
  });

  test('H7, INV-3: a copy of the dead letter is removed, another dead letter of the same message is not', async () => {
    await using world = enveloped({ fromDeadLetters: 'failed' });
    const { value } = new Sender().wrap('one');
    for (const offset of [3, 3, 6]) world.primary.storeBytes(0, null, letterOf(value, offset));
    void world.readOn();
    await world.clock.pass(1_000);

    expect(world.received).toEqual(['one', 'one']);
    expect(world.consumer.stats().copies).toBe(1);
  });
});

describe('a consumer that starts again', () => {
  test('INV-3, H6: removes copies of what its predecessor handled, and only of that', async () => {
    const sender = new Sender();
    const [one, two] = [sender.wrap('one').value, sender.wrap('two').value];
    const ids = new KeptIds();
    await using world = new World({ options: { envelope: true }, handledIds: ids });
    world.primary.storeBytes(0, null, one);
    world.primary.storeBytes(0, null, two);
    void world.consumer.run(async (message) => {
      if (message.text() === 'two') await new Promise(() => {});
    });
    await world.clock.pass(1_000);
    await world.close();
    world.secondary.storeBytes(0, null, one);
    world.secondary.storeBytes(0, null, two);
    const again = world.open();
    void world.readOn(again.consumer);
    await world.clock.pass(30_000);
    await world.close(again);

    expect(world.received).toEqual(['two']);
    expect([...world.primary.uncommitted(), ...world.secondary.uncommitted()]).toEqual([]);
  });

  test('H5, INV-3: knows each id once, also after a lost cursor', async () => {
    const ids = new KeptIds();
    await using world = new World({ options: { envelope: true, readLimit: 2 }, handledIds: ids });
    const sender = new Sender();
    for (const text of ['one', 'two', 'three']) world.primary.storeBytes(0, null, sender.wrap(text).value);
    void world.readOn();
    await world.clock.pass(100);
    world.primary.spoilCursors();
    await world.clock.pass(10_000);
    await world.close();

    expect(world.received).toEqual(['one', 'two', 'three']);
    expect(ids.all).toEqual([1, 2, 3].map((sequence) => `0123456789abcdefghij-${sequence}`));
  });

  test('H6, I13: a read that is given up without a commit is delivered again to the next one', async () => {
    const ids = new KeptIds();
    await using world = new World({
      options: { envelope: true, closeTimeoutMs: 1_000 },
      handledIds: ids,
    });
    const sender = new Sender();
    world.primary.storeBytes(0, null, sender.wrap('one').value);
    world.primary.storeBytes(0, null, sender.wrap('two').value);
    void world.consumer.run((message) => {
      if (message.text() === 'two') return new Promise(() => {});
      return world.received.push(message.text());
    });
    await world.clock.pass(100);
    await world.clock.passUntil(world.consumer.close({ commit: false }), 20_000);
    const again = world.open();
    void world.readOn(again.consumer);
    await world.clock.pass(1_000);
    await world.close(again);

    expect(world.received).toEqual(['one', 'one', 'two']);
  });
});

test('INV-3: what is remembered of a million messages takes 33 MB, from the start', () => {
  // What other tests have left is collected before, not in between. The second one waits until the first one has freed it all.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const before = process.memoryUsage().arrayBuffers;
  const deduplicator = new Deduplicator({ settings: { envelope: true, fromDeadLetters: undefined } });
  const bytes = process.memoryUsage().arrayBuffers - before;
  expect(deduplicator.copies).toBe(0);
  expect(bytes).toBeGreaterThan(32.5e6);
  expect(bytes).toBeLessThan(33.5e6);
});
