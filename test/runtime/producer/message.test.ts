import { describe, expect, test } from 'vitest';

import { unwrap } from '../../../runtime/core/index.ts';
import { encodeBatch, messageEncoder, type Message } from '../../../runtime/producer/message.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** As after `postMessage` with a transfer list. */
function transferred(): Uint8Array {
  const bytes = Buffer.from(new ArrayBuffer(3));
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

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

  test('C1: text is sent as UTF-8, and bytes as they are, also those of a part of a buffer', () => {
    const encode = encoder(false);
    const wide = Uint8Array.from([0, 1, 2, 3, 4]);
    for (const [given, bytes] of [
      ['ASCII', Buffer.from('ASCII')],
      ['até', Buffer.from('até')],
      ['\u{1f680}\0', Buffer.from('\u{1f680}\0')],
      [wide.subarray(1, 3), Buffer.from([1, 2])],
      [Buffer.from(wide).subarray(2), Buffer.from([2, 3, 4])],
    ] as const) {
      const part = bytes.toString('base64');
      expect(encode({ key: given, value: given }, undefined)).toEqual({
        key: part,
        value: part,
        bytes: 2 * bytes.length,
      });
    }
  });

  test('C1: no bytes are a value and a key too', () => {
    const none = new Uint8Array(0);
    expect(encoder(false)({ key: none, value: none }, undefined)).toEqual({ key: '', value: '', bytes: 0 });
  });

  test.each<[string, Message, string]>([
    ['a value with half a character', { value: 'a\ud800' }, 'its value has half of a surrogate pair'],
    ['a key with half a character', { key: '\udfff', value: '' }, 'its key has half of a surrogate pair'],
    ['bytes that were handed to another thread', { value: transferred() }, 'its value was transferred'],
    ['a key that was', { key: transferred(), value: '' }, 'its key was transferred'],
  ])('C1, INV-1: %s is refused: other bytes would be stored', (_, message, words) => {
    for (const envelope of [false, true]) {
      expect(() => encoder(envelope)(message, undefined)).toThrow(
        expect.objectContaining({ code: 'BAD_MESSAGE', message: expect.stringContaining(words) }),
      );
    }
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

describe('a batch', () => {
  const encode = encoder(false);

  test('C1: is encoded message by message, in order', () => {
    const encoded = encodeBatch([{ value: 'a' }, { value: 'b' }], (message) => encode(message, undefined));
    expect(encoded.map(({ value }) => value)).toEqual(['YQ==', 'Yg==']);
  });

  test('C1: with a message that cannot be sent is refused whole, by the index of that message', () => {
    const batch = [{ value: 'a' }, { value: 5 as unknown as string }];
    const refused = (): unknown => encodeBatch(batch, (message) => encode(message, undefined));
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'BAD_MESSAGE',
        message:
          'No message of the batch is sent, because of the one at index 1. The message is not sent: its value is number; give a string or a Uint8Array.',
        cause: expect.objectContaining({ code: 'BAD_MESSAGE' }) as unknown,
      }),
    );
  });

  test.each([undefined, null, 'text', { value: 'a' }])('C1: %j is none', (given) => {
    expect(() => encodeBatch(given as never, (message) => encode(message, undefined))).toThrow(
      expect.objectContaining({
        code: 'BAD_MESSAGE',
        message: 'Nothing is sent: sendBatch takes an array of messages.',
      }),
    );
  });

  test('INV-11: an error of this program is thrown as it is', () => {
    const broken = (): never => {
      throw new TypeError('no such thing');
    };
    expect(() => encodeBatch([{ value: 'a' }], broken)).toThrow(new TypeError('no such thing'));
  });
});
