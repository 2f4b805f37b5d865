import { expect, it } from 'vitest';

import { printable } from '../../../../runtime/oci/http/index.ts';

it('B5: makes one line without control characters', () => {
  expect(printable('<html>\r\n\u001b[31m<h1>502\u0000\u202e</h1>\t')).toBe('<html> [31m<h1>502 </h1>');
});

it('cuts what is long', () => {
  expect(printable('x'.repeat(1_000))).toBe(`${'x'.repeat(200)}…`);
});

it('INV-8: leaves out keys and values, also where the text is cut', () => {
  expect(printable('[{"key": "c2VjcmV0","value":"c2VjcmV0","offset":1},{"value":"c2Vj')).toBe(
    '[{"key":"…","value":"…","offset":1},{"value":"…"',
  );
});
