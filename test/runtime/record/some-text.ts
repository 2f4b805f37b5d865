import * as fc from 'fast-check';

import { anyText } from '../../support/cases.ts';

/** Files that are dense in what the `.properties` format gives a meaning to. */
export const someText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...pieces()), { maxLength: 14 })
  .map((some) => some.join(''));

/** Keys and values of any characters. */
export const somePairs: fc.Arbitrary<[string, string][]> = fc.array(fc.tuple(anyText(), anyText()), {
  maxLength: 3,
});

function pieces(): string[] {
  const separators = [' ', '\t', '\f', '=', ':', '#', '!'];
  const lineEnds = ['\n', '\r', '\r\n', '\\\n', '\\\r\n', '\\\r'];
  const escapes = ['\\', '\\', '\\u', 'u', '0041', '\\u00e9', '\\:', 'n'];
  const characters = ['r', 'key', 'b', 'é', '\x85', '\xa0', '\0'];
  const names = ['SECONDARY_STREAM_OCID=', 'SECONDARY_STREAM_ENDPOINT', 'ACTIVE_REGION:'];
  return [...separators, ...lineEnds, ...escapes, ...characters, ...names];
}
