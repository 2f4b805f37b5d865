import { describe, expect, test } from 'vitest';

import { unwrap } from '../../../runtime/core/index.ts';
import { messageEncoder } from '../../../runtime/producer/message.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function encoder(envelope: boolean) {
  return messageEncoder({ envelope }, new VirtualClock());
}

describe('without envelopes', () => {
  test('C1: a message is the same bytes in base64, and its size is that of key and value', () => {
    const encode = encoder(false);
    expect(encode({ key: 'k', value: Uint8Array.of(1, 255) }, undefined)).toEqual({
      key: 'aw==',
      value: 'Af8=',
      bytes: 3,
    });
    expect(encode({ value: '' }, undefined)).toEqual({ key: null, value: '', bytes: 0 });
  });

  test('C1: a traceparent is refused: it would be lost', () => {
    expect(() => encoder(false)({ value: 'v' }, TRACE)).toThrow(/traceparent needs an envelope/);
  });
});

describe('with envelopes', () => {
  test('INV-3: every message has an id of its own, and two producers share none', () => {
    const clock = new VirtualClock();
    const [one, two] = [messageEncoder({ envelope: true }, clock), messageEncoder({ envelope: true }, clock)];
    const ids = [one, one, two, two].map(
      (encode) => unwrap(Buffer.from(encode({ value: 'v' }, undefined).value, 'base64'))?.envelope.id,
    );
    expect(new Set(ids).size).toBe(4);
    expect(ids).not.toContain(undefined);
  });

  test('C1: the size that counts is that of the envelope', () => {
    const encoded = encoder(true)({ key: 'key', value: 'value' }, TRACE);
    const value = Buffer.from(encoded.value, 'base64');
    expect(encoded.bytes).toBe(3 + value.byteLength);
    expect(unwrap(value)).toMatchObject({ envelope: { sequence: 1, traceparent: TRACE } });
  });

  test('C1: a value that fits alone and not in its envelope is refused by both sizes and the limit', () => {
    const value = 'x'.repeat(1_048_500);
    expect(encoder(false)({ value }, undefined).bytes).toBe(1_048_500);
    expect(() => encoder(true)({ value }, undefined)).toThrow(
      /in its envelope the value has 10487\d\d bytes; the limit is 1048576 .* without the envelope the value has 1048500 bytes/,
    );
  });

  test('C1: a value that is too large alone is refused without a word of envelopes', () => {
    expect(() => encoder(true)({ value: 'x'.repeat(1_048_577) }, undefined)).toThrow(
      'The message is not sent: the value has 1048577 bytes; the limit is 1048576 (1 MiB).',
    );
  });

  test.each(['', '00-abc', `${TRACE}x`, TRACE.toUpperCase()])(
    'C1: the traceparent %j is refused',
    (given) => {
      expect(() => encoder(true)({ value: 'v' }, given)).toThrow(/W3C trace context/);
    },
  );
});
