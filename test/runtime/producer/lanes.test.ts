import { describe, expect, test } from 'vitest';

import type { Lane } from '../../../runtime/producer/lane.ts';
import { Lanes } from '../../../runtime/producer/lanes.ts';
import { World } from '../router/world.ts';

/** Of a producer with four lanes: the keys of each request, in the order of arrival. */
function recorded(latencyMs = 5) {
  const world = new World({ settings: { lanes: 4, maxBatchMessages: 100 } });
  const requests: string[][] = [];
  world.primary.latencyMs = latencyMs;
  world.primary.putBehaviour = ({ messages }) => {
    requests.push(messages.map(({ key }) => Buffer.from(key ?? '', 'base64').toString()));
    return undefined;
  };
  return { world, requests };
}

describe('the lane of a key', () => {
  test('INV-2: is the one that holds messages of that key, however long it is', async () => {
    const { world, requests } = recorded();
    const batch = Array.from({ length: 300 }, (_, n) => ({
      key: n < 250 ? 'busy' : `other-${n}`,
      value: 'x',
    }));
    await world.clock.passUntil(world.producer.sendBatch(batch));
    const busy = requests.filter((keys) => keys.includes('busy'));
    expect(busy.map((keys) => keys.filter((key) => key === 'busy').length)).toEqual([100, 100, 50]);
  });

  test('is the one with the fewest messages when none of that key is in a lane', async () => {
    const { world, requests } = recorded();
    const batch = Array.from({ length: 64 }, (_, n) => ({ key: `key-${n % 16}`, value: 'x' }));
    await world.clock.passUntil(world.producer.sendBatch(batch));
    expect(requests.map((keys) => new Set(keys).size)).toEqual([4, 4, 4, 4]);
  });

  test('INV-2: stays the same while a message of that key is in flight that its sender gave up', async () => {
    const { world, requests } = recorded(1_000);
    const { clock, producer } = world;
    const sender = new AbortController();
    const given = Promise.allSettled([producer.send({ key: 'k', value: '1' }, { signal: sender.signal })]);
    await clock.pass(10);
    sender.abort();
    const next = producer.send({ key: 'k', value: '2' });
    await clock.pass(500);
    expect(requests).toEqual([['k']]);
    await clock.passUntil(next);
    await given;
    expect(requests).toEqual([['k'], ['k']]);
  });

  test('is free again when what was in it was given up', async () => {
    const { world, requests } = recorded();
    const { clock, producer } = world;
    const sender = new AbortController();
    const given = Promise.allSettled([producer.send({ key: 'k', value: 'x' }, { signal: sender.signal })]);
    sender.abort();
    await given;
    await clock.passUntil(producer.sendBatch(['a', 'b', 'c', 'k'].map((key) => ({ key, value: 'x' }))));
    expect(requests.map((keys) => keys.join()).toSorted()).toEqual(['a', 'b', 'c', 'k']);
  });
});

describe('the shortest lane', () => {
  const lanesWith = (...messages: number[]): Lanes =>
    new Lanes(messages.map((each) => ({ messages: each }) as Lane));

  test.each([[[3, 1, 2]], [[1, 2, 3]], [[3, 2, 1]], [[2, 1, 1, 5]]])(
    'of %j is one with the fewest messages, wherever the search begins',
    (messages) => {
      const lanes = lanesWith(...messages);
      for (let turn = 0; turn < 2 * messages.length; turn++)
        expect(lanes.shortest().messages).toBe(Math.min(...messages));
    },
  );

  test('takes turns with the others that are as short', () => {
    const lanes = lanesWith(0, 0, 0);
    const taken = [1, 2, 3, 4].map(() => lanes.all.indexOf(lanes.shortest()));
    expect(taken).toEqual([0, 1, 2, 0]);
  });

  test('is one of at least one', () => {
    expect(() => new Lanes([])).toThrow(new RangeError('a producer has at least one lane'));
  });
});
