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
        expect(other.do).toBe(one.do);
        if (one.do !== 'create' && other.do !== 'create') expect(other.stream).toBe(one.stream);
      },
    ),
  );
});

test('D5: only what can be used or is coming is chosen, and a new one is made only when there is neither', () => {
  fc.assert(
    fc.property(streams, (found) => {
      const choice = chooseStream(found, undefined);
      const states = found.map(({ state }) => state);
      if (choice.do === 'create')
        expect(states.filter((state) => /ACTIVE|UPDATING|CREATING/.test(state))).toEqual([]);
      if (choice.do === 'wait') expect(states.filter((state) => /ACTIVE|UPDATING/.test(state))).toEqual([]);
      if (choice.do === 'adopt') expect(['ACTIVE', 'UPDATING']).toContain(choice.stream.state);
    }),
  );
});
