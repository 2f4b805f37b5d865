import fc from 'fast-check';
import { expect, test } from 'vitest';

import { answerMeaning, entryFates, overtaken } from '../../../runtime/core/index.ts';

const entry = fc.oneof(
  fc.record({ stored: fc.record({ partition: fc.constantFrom('0', '1'), offset: fc.nat() }) }),
  fc.record({
    refused: fc.record({
      status: fc.constantFrom(429, 500),
      error: fc.constant('x'),
      message: fc.constant(''),
    }),
  }),
);
const answers = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.array(entry, { maxLength: 35 }));

test('each message has one fate, and only what was named stored is stored', () => {
  fc.assert(
    fc.property(answers, ([sent, entries]) => {
      const fates = entryFates(sent, entries);
      expect(fates).toHaveLength(sent);
      fates.forEach((fate, index) => {
        if (fate.fate !== 'stored') return;
        expect(entries.length).toBeLessThanOrEqual(sent);
        expect(entries[index]).toEqual({ stored: fate.receipt });
      });
    }),
  );
});

test('an answer is `stored` only when every message is, and `incomplete` whenever one is not named', () => {
  fc.assert(
    fc.property(answers, ([sent, entries]) => {
      const fates = entryFates(sent, entries);
      const { means } = answerMeaning(fates);
      expect(means === 'stored').toBe(fates.every((fate) => fate.fate === 'stored'));
      expect(means === 'incomplete').toBe(fates.some((fate) => fate.fate === 'unnamed'));
    }),
  );
});

test('overtaken are exactly the messages behind which one of their key was stored', () => {
  const keys = fc.array(fc.constantFrom('a', 'b', null), { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(answers, keys, ([sent, entries], all) => {
      const fates = entryFates(sent, entries);
      const expected = fates.flatMap((fate, index) => {
        const key = all[index];
        const later = fates.some((other, at) => at > index && other.fate === 'stored' && all[at] === key);
        return fate.fate !== 'stored' && key !== null && later ? [index] : [];
      });
      expect(overtaken(all.slice(0, sent), fates)).toEqual(expected);
    }),
  );
});
