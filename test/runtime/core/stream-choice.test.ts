import fc from 'fast-check';
import { expect, test } from 'vitest';

import { chooseStream } from '../../../runtime/core/index.ts';

const streams = fc.uniqueArray(
  fc.record({
    ocid: fc.string({ minLength: 1, maxLength: 4 }),
    state: fc.constantFrom('CREATING', 'ACTIVE', 'UPDATING', 'DELETING', 'DELETED', 'FAILED'),
  }),
  { selector: ({ ocid }) => ocid, maxLength: 8 },
);

test('D7, D8: every process that sees the same streams chooses the same one, whatever their order', () => {
  fc.assert(
    fc.property(
      streams,
      fc.option(fc.string({ minLength: 1, maxLength: 4 }), { nil: undefined }),
      (found, recorded) => {
        const one = chooseStream(found, recorded);
        const other = chooseStream(found.toReversed(), recorded);
        expect(other.type).toBe(one.type);
        if (one.type !== 'create' && other.type !== 'create') expect(other.stream).toBe(one.stream);
      },
    ),
  );
});

test('D5: only what can be used or is coming is chosen, and a new one is made only when there is neither', () => {
  fc.assert(
    fc.property(streams, (found) => {
      const choice = chooseStream(found, undefined);
      const states = found.map(({ state }) => state);
      if (choice.type === 'create')
        expect(states.filter((state) => /ACTIVE|UPDATING|CREATING/.test(state))).toEqual([]);
      if (choice.type === 'wait') expect(states.filter((state) => /ACTIVE|UPDATING/.test(state))).toEqual([]);
      if (choice.type === 'adopt') expect(['ACTIVE', 'UPDATING']).toContain(choice.stream.state);
    }),
  );
});

const stream = (ocid: string, state = 'ACTIVE'): { ocid: string; state: string } => ({ ocid, state });

test.each<[string, ReturnType<typeof stream>[], string | undefined, string, string | undefined]>([
  ['D1: none', [], undefined, 'create', undefined],
  ['D2: one that is ACTIVE', [stream('a')], undefined, 'adopt', 'a'],
  ['D2: one that is UPDATING', [stream('a', 'UPDATING')], undefined, 'adopt', 'a'],
  ['D3: one that is CREATING', [stream('a', 'CREATING')], undefined, 'wait', 'a'],
  [
    'D5: only what has ended',
    ['FAILED', 'DELETING', 'DELETED'].map((s) => stream(s, s)),
    'FAILED',
    'create',
    undefined,
  ],
  ['D8: the recorded one', [stream('a'), stream('b')], 'b', 'adopt', 'b'],
  ['D8: the smallest', [stream('b'), stream('a')], undefined, 'adopt', 'a'],
  [
    'D8: the smallest when the recorded one is DELETED',
    [stream('c'), stream('b'), stream('a', 'DELETED')],
    'a',
    'adopt',
    'b',
  ],
  [
    'D8: the recorded one is not waited for while another is ACTIVE',
    [stream('a', 'CREATING'), stream('b')],
    'a',
    'adopt',
    'b',
  ],
  [
    'D7: the smallest of those that come',
    [stream('b', 'CREATING'), stream('a', 'CREATING')],
    undefined,
    'wait',
    'a',
  ],
])('%s', (_, found, recorded, type, ocid) => {
  const choice = chooseStream(found, recorded);
  expect(choice.type).toBe(type);
  expect(choice.type === 'create' ? undefined : choice.stream.ocid).toBe(ocid);
});

test('D7, D8: the others that could be used are told of, those that have ended are not', () => {
  const found = [stream('d', 'DELETED'), stream('c', 'CREATING'), stream('b'), stream('a')];
  expect(chooseStream(found, undefined)).toMatchObject({
    ignored: [stream('b'), stream('c', 'CREATING')],
  });
  const coming = [stream('b', 'CREATING'), stream('a', 'CREATING')];
  expect(chooseStream(coming, undefined)).toMatchObject({ ignored: [stream('b', 'CREATING')] });
});
