import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { getMessages } from '../../../runtime/oci/get-messages.ts';
import type { Reply } from '../../../runtime/oci/http/exchange.ts';

const STANDARD = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The service writes `/` as it is; other writers of JSON escape it. */
function read(items: readonly object[], escaped: boolean) {
  const json = JSON.stringify(items);
  const body = Buffer.from(escaped ? json.replaceAll('/', String.raw`\/`) : json);
  const reply: Reply = { status: 200, headers: { 'opc-next-cursor': 'next' }, body, cut: false };
  return getMessages('stream', 'cursor', { limit: 10 }).read(
    JSON.parse(body.toString()),
    reply,
    (text) => text,
  );
}

const around = { partition: '0', timestamp: '2026-11-23T12:00:00.000Z' };
const decoded = (text: string): Buffer => Buffer.from(text, 'base64');
const base64 = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const key = fc.option(base64);

it('B14: what is not standard base64 is refused, wherever it stands, and all else is read as it is', () => {
  const wrong = fc
    .tuple(base64, fc.nat(60), fc.constantFrom('-', '_', '=', ' ', '\n', '*', 'é', '\u0141', '\0', '', 'A'))
    .map(([text, at, character]) => text.slice(0, at) + character + text.slice(at + 1));
  const text = fc.oneof(base64, wrong);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(key, wrong), text)), fc.boolean(), (pairs, escaped) => {
      const items = pairs.map(([key, value], offset) => ({ ...around, offset, key, value }));
      const reply = read(items, escaped);
      const isGood = pairs.flat().every((each) => each === null || STANDARD.test(each));
      expect(reply !== undefined).toBe(isGood);
      for (const [index, { key, value, offset }] of reply?.messages.entries() ?? []) {
        const [wantedKey, wantedValue] = pairs[index]!;
        expect(offset).toBe(index);
        expect(Buffer.compare(value, decoded(wantedValue))).toBe(0);
        expect(key === null ? null : Buffer.from(key)).toEqual(
          wantedKey === null ? null : decoded(wantedKey),
        );
      }
    }),
  );
});

it('H1: a value may be larger than what messages share, and lies in no other', () => {
  const sizes = [5_000, 5_000, 20_000, 1, 0, 8_192];
  const values = sizes.map((size, index) => Buffer.alloc(size, index + 1));
  const items = values.map((value, offset) => ({ ...around, offset, value: value.toString('base64') }));
  const messages = read(items, false)?.messages ?? [];
  expect(messages.map(({ value }) => Buffer.from(value))).toEqual(values);
  expect(messages.map(({ key }) => key)).toEqual(sizes.map(() => null));
});
