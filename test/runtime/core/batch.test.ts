import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  answerMeaning,
  hashOf,
  MAX_REQUEST_BYTES,
  nextMostRefused,
  overtaken,
  sizeProblem,
  takeBatch,
  type RefusalRules,
} from '../../../runtime/core/index.ts';

const MIB = 1_048_576;

test.each([
  ['nothing at all', 0, 0],
  ['the largest key', 256, 0],
  ['the largest value', 0, MIB],
  ['the largest key and the largest value that fits with it', 256, MIB - 256],
])('C1: %s can be stored', (_, key, value) => {
  expect(sizeProblem(key, value)).toBeUndefined();
});

test.each([
  [257, 0, 'the key has 257 bytes; the limit is 256'],
  [0, MIB + 1, `the value has ${MIB + 1} bytes; the limit is ${MIB} (1 MiB)`],
  [256, MIB - 255, `key and value have ${MIB + 1} bytes together; the limit of a request is ${MIB} (1 MiB)`],
  [1, MIB, `key and value have ${MIB + 1} bytes together; the limit of a request is ${MIB} (1 MiB)`],
])('C1: a key of %i bytes with a value of %i: the limit and the size are named', (key, value, problem) => {
  expect(sizeProblem(key, value)).toBe(problem);
});

test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('INV-2: the hash that gives %j its lane is FNV-1a', (text, hash) => {
  expect(hashOf(text)).toBe(hash);
});

test('B10: a request holds a mebibyte', () => {
  expect(MAX_REQUEST_BYTES).toBe(MIB);
});

interface Message {
  readonly key: string | null;
  readonly bytes: number;
  readonly wasRefused: boolean;
}

const message = (key: string | null, bytes = 1, wasRefused = false): Message => ({ key, bytes, wasRefused });
const NO_RULES: RefusalRules = { oneMessagePerKey: false, mostRefused: Infinity };
const ONE_PER_KEY: RefusalRules = { oneMessagePerKey: true, mostRefused: Infinity };
const keysOf = (messages: readonly Message[]): (string | null)[] => messages.map(({ key }) => key);
const AMPLE = { maxBatchMessages: 100, maxBatchBytes: 1_000_000 };

const queues = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', null),
    bytes: fc.integer({ min: 0, max: 1_500 }),
    wasRefused: fc.boolean(),
  }),
  { maxLength: 60 },
);
const someLimits = fc.record({
  maxBatchMessages: fc.integer({ min: 1, max: 20 }),
  maxBatchBytes: fc.integer({ min: 1, max: 4_000 }),
});

describe('the next request of a lane', () => {
  test('INV-2: holds the messages from the head, as many as the limits allow, and at least one', () => {
    fc.assert(
      fc.property(queues, someLimits, (waiting, limits) => {
        const batch = takeBatch(waiting, limits, NO_RULES);
        expect(batch).toEqual(waiting.slice(0, batch.length));
        const fits = (count: number): boolean =>
          count <= limits.maxBatchMessages &&
          (count === 1 ||
            waiting.slice(0, count).reduce((sum, { bytes }) => sum + bytes, 0) <= limits.maxBatchBytes);
        if (waiting.length > 0) expect(batch.length).toBeGreaterThanOrEqual(1);
        expect(batch.length === 0 || fits(batch.length)).toBe(true);
        expect(batch.length === waiting.length || !fits(batch.length + 1)).toBe(true);
      }),
    );
  });

  test('B12, INV-2: with one message of each key, none overtakes another of its key, and the limits hold', () => {
    fc.assert(
      fc.property(queues, someLimits, (waiting, limits) => {
        const batch = takeBatch(waiting, limits, ONE_PER_KEY);
        const keys = keysOf(batch).filter((key) => key !== null);
        expect(new Set(keys).size).toBe(keys.length);
        expect(batch.length).toBeLessThanOrEqual(limits.maxBatchMessages);
        const bytes = batch.reduce((sum, each) => sum + each.bytes, 0);
        expect(batch.length <= 1 || bytes <= limits.maxBatchBytes).toBe(true);
        if (waiting.length > 0) expect(batch[0]).toBe(waiting[0]);
        const positions = batch.map((each) => waiting.indexOf(each));
        expect(positions).toEqual(positions.toSorted((a, b) => a - b));
        // The first of each key that was looked at: what is left behind is behind one of its key.
        for (const each of batch)
          if (each.key !== null) expect(waiting.find(({ key }) => key === each.key)).toBe(each);
      }),
    );
  });

  test('B12: passes over later messages of a key, and fills up with those of others', () => {
    const waiting = ['a', 'a', 'b', 'a', 'c', 'b'].map((key) => message(key));
    expect(keysOf(takeBatch(waiting, AMPLE, ONE_PER_KEY))).toEqual(['a', 'b', 'c']);
    expect(keysOf(takeBatch(waiting, AMPLE, NO_RULES))).toEqual(['a', 'a', 'b', 'a', 'c', 'b']);
  });

  test('F5, INV-2: of what was refused before it holds so much and no more; none overtakes another of its key', () => {
    const rules = fc.record({ oneMessagePerKey: fc.boolean(), mostRefused: fc.integer({ min: 1, max: 10 }) });
    fc.assert(
      fc.property(queues, someLimits, rules, (waiting, limits, given) => {
        const batch = takeBatch(waiting, limits, given);
        if (waiting.length > 0) expect(batch[0]).toBe(waiting[0]);
        expect(batch.filter(({ wasRefused }) => wasRefused).length).toBeLessThanOrEqual(given.mostRefused);
        const taken = new Set(batch);
        const left = new Set<string>();
        for (const each of waiting) {
          if (each.key === null) continue;
          if (taken.has(each)) expect(left.has(each.key)).toBe(false);
          else left.add(each.key);
        }
      }),
    );
  });

  test('F5: passes over what was refused before, and what is behind it, and fills up with others', () => {
    const waiting = [
      message('a', 1, true),
      message('b', 1, true),
      message(null, 1, true),
      message('b'),
      message('c'),
      message('a'),
    ];
    const batch = takeBatch(waiting, AMPLE, { oneMessagePerKey: false, mostRefused: 1 });
    expect(batch).toEqual([waiting[0], waiting[4], waiting[5]]);
  });

  test('F5: takes as many of those as it may, however many others it holds', () => {
    const waiting = [message('a'), message('b'), message('c', 1, true), message('d', 1, true)];
    expect(takeBatch(waiting, AMPLE, { oneMessagePerKey: false, mostRefused: 2 })).toEqual(waiting);
  });

  test('B12: messages without a key have no order to lose', () => {
    const waiting = [message(null), message(null), message('a'), message(null)];
    expect(takeBatch(waiting, AMPLE, ONE_PER_KEY)).toEqual(waiting);
  });

  test('B12: looks at four times as many messages as a request may hold, and no further', () => {
    const waiting = [...Array.from({ length: 8 }, () => message('a')), message('b')];
    const limits = { maxBatchMessages: 2, maxBatchBytes: 1_000 };
    expect(keysOf(takeBatch(waiting, limits, ONE_PER_KEY))).toEqual(['a']);
    expect(keysOf(takeBatch(waiting.slice(1), limits, ONE_PER_KEY))).toEqual(['a', 'b']);
  });

  test('C1: a message that is larger than the limit goes alone, and nothing is put before it', () => {
    const limits = { maxBatchMessages: 10, maxBatchBytes: 100 };
    expect(takeBatch([message('a', 500), message('b', 1)], limits, NO_RULES)).toEqual([message('a', 500)]);
    expect(takeBatch([message('a', 1), message('b', 500), message('c', 1)], limits, ONE_PER_KEY)).toEqual([
      message('a', 1),
    ]);
    expect(takeBatch([message('a', 60), message('b', 40)], limits, ONE_PER_KEY)).toHaveLength(2);
    expect(takeBatch([message('a', 60), message('b', 41)], limits, ONE_PER_KEY)).toHaveLength(1);
  });

  test('C22: empty messages count as messages', () => {
    const waiting = Array.from({ length: 5 }, () => message('a', 0));
    expect(takeBatch(waiting, { maxBatchMessages: 3, maxBatchBytes: 1 }, NO_RULES)).toHaveLength(3);
  });
});

interface Result {
  readonly type: 'stored' | 'refused' | 'unnamed';
  readonly status?: number;
  readonly message?: string;
}

const stored: Result = { type: 'stored' };
const unnamed: Result = { type: 'unnamed' };
const refused = (status: number, message = ''): Result => ({ type: 'refused', status, message });

describe('what an answer means', () => {
  test.each<[string, Result[], object]>([
    ['B1: everything is stored', [stored, stored], { type: 'stored' }],
    [
      'B1: some are refused',
      [stored, refused(429), stored],
      { type: 'partly-stored', refused: 1, status: 429 },
    ],
    [
      'B3: some are refused with 500',
      [refused(500), stored],
      { type: 'partly-stored', refused: 1, status: 500 },
    ],
    [
      'B2: all are refused',
      [refused(429, 'slow'), refused(429)],
      { type: 'all-refused', status: 429, message: 'slow' },
    ],
    ['B3: all are refused with 500', [refused(500, 'x')], { type: 'all-refused', status: 500, message: 'x' }],
    [
      'B3: all are refused for several reasons: the first one counts',
      [refused(500, 'x'), refused(503, 'y')],
      { type: 'all-refused', status: 500, message: 'x' },
    ],
    [
      'B2: 429 wins over 500: it is the weaker evidence',
      [refused(500, 'broken'), refused(429, 'slow'), refused(503)],
      { type: 'all-refused', status: 429, message: 'slow' },
    ],
    [
      'B1: and in a part',
      [refused(500), refused(429), stored],
      { type: 'partly-stored', refused: 2, status: 429 },
    ],
    ['B4: no message is named', [unnamed, unnamed], { type: 'unnamed' }],
    ['B4: some are not named', [stored, unnamed], { type: 'partly-stored', refused: 0, status: 200 }],
    ['B4: some are refused, the others not named', [refused(500), unnamed], { type: 'unnamed' }],
    [
      'B3: refused without a status',
      [{ type: 'refused' }],
      { type: 'all-refused', status: 500, message: '' },
    ],
    [
      'B3: some are, without a status',
      [stored, { type: 'refused' }],
      { type: 'partly-stored', refused: 1, status: 200 },
    ],
    ['B4: nothing was asked, nothing is named', [], { type: 'unnamed' }],
  ])('%s', (_, results, meaning) => {
    expect(answerMeaning(results)).toEqual(meaning);
  });

  const results = fc.array(
    fc.oneof(
      fc.constant(stored),
      fc.constant(unnamed),
      fc.constantFrom(429, 500, 503).map((code) => refused(code)),
    ),
    { minLength: 1, maxLength: 30 },
  );

  test('B1, B4: nothing counts as stored that was not named so, and a region is blamed only when nothing was stored', () => {
    fc.assert(
      fc.property(results, (all) => {
        const { type } = answerMeaning(all);
        expect(type === 'stored').toBe(all.every((each) => each.type === 'stored'));
        if (type === 'all-refused' || type === 'unnamed')
          expect(all.some((each) => each.type === 'stored')).toBe(false);
      }),
    );
  });

  test('B12: overtaken are exactly the messages behind which one of their key was stored', () => {
    const keys = fc.array(fc.constantFrom('a', 'b', null), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(results, keys, (all, allKeys) => {
        const expected = all.flatMap((each, index) => {
          const key = allKeys[index];
          const later = all.some((other, at) => at > index && other.type === 'stored' && allKeys[at] === key);
          return each.type !== 'stored' && key !== null && later ? [index] : [];
        });
        expect(overtaken(allKeys.slice(0, all.length), all)).toEqual(expected);
      }),
    );
  });

  test('B12: overtaken positions are in the order of the request', () => {
    const keys = ['a', 'b', 'a', 'b', 'a', null, null];
    const all = [refused(429), unnamed, refused(429), stored, stored, refused(429), stored];
    expect(overtaken(keys, all)).toEqual([0, 1, 2]);
  });
});

describe('F5: how many messages that were refused go in the next request', () => {
  const limits = { maxBatchMessages: 1_000, maxBatchBytes: MIB };

  test.each([
    ['any number, while none was sent', Infinity, 0, 0, Infinity],
    ['as many, while none was sent', 40, 0, 0, 40],
    ['twice as many when all are stored', 40, 3, 3, 80],
    ['and any number, when that is more than a request holds', 600, 600, 600, Infinity],
    ['or as many', 500, 500, 500, Infinity],
    ['as many when half are stored', 100, 100, 50, 100],
    ['twice what was stored when that was less', 1_000, 1_000, 499, 998],
    ['a few, when nearly none is stored', Infinity, 1_000, 1, 8],
    ['or none at all', 100, 100, 0, 8],
    ['not more because of that', 2, 2, 0, 2],
  ])('F5: %s', (_, before, sent, stored, expected) => {
    expect(nextMostRefused(before, { sent, stored }, limits)).toBe(expected);
  });
});
