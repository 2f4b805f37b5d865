import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { messageOf } from '../../../../runtime/commands/producer/line-message.ts';

const json = (text: string): ReturnType<typeof messageOf> => messageOf(Buffer.from(text), { type: 'json' });

describe('I12: a line becomes a message', () => {
  test('I12: key and value are split at the first delimiter, as bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 20 }),
        fc.uint8Array({ minLength: 1, maxLength: 3 }),
        (line, delimiter) => {
          const parsed = messageOf(line, { type: 'key-value', delimiter });
          if (!('message' in parsed)) throw new Error('a line of bytes is always a message');
          const { key, value } = parsed.message;
          const parts = key === null ? [value] : [key, delimiter, value];
          expect(Buffer.concat(parts.map((part) => Buffer.from(part)))).toEqual(Buffer.from(line));
          if (key !== null) expect(Buffer.from(key).includes(Buffer.from(delimiter))).toBe(false);
        },
      ),
    );
  });

  test('I12: JSON gives text or base64; base64 is exact and wins', () => {
    expect(json('{"key":"k","value":"é"}')).toEqual({ message: { key: 'k', value: 'é' } });
    expect(json('{"key":null,"value":"?","valueBase64":"/w=="}')).toEqual({
      message: { key: null, value: Buffer.from([0xff]) },
    });
    expect(json('{"region":"r","partition":"0","offset":1,"timestamp":"t","key":null,"value":"v"}')).toEqual({
      message: { key: null, value: 'v' },
    });
  });

  test('INV-3: a line of `outbox export` is known by its time: its value is in an envelope, or goes without', () => {
    const line = { key: 'k', value: 'v', sequence: 1, acceptedAt: '2026-11-27T00:00:00.000Z' };
    expect(json(JSON.stringify(line))).toEqual({ message: { key: 'k', value: 'v', isExported: true } });
  });

  test('I12, H13: what a consumer prints of an envelope and of a dead letter is taken, and passed over', () => {
    const envelope = { id: 'p-1', producer: 'p', sequence: 1, time: 't', traceparent: '00-…' };
    const first = { region: 'r', stream: 's', partition: '0', offset: 1 };
    const line = { ...envelope, late: false, key: 'k', value: 'v', deadLetter: { reason: 'no', first } };
    expect(json(JSON.stringify(line))).toEqual({ message: { key: 'k', value: 'v' } });
  });

  test.for([
    ['no json', /not JSON/],
    ['[1]', /not a JSON object/],
    ['{"key":"k"}', /no value/],
    ['{"value":5}', /value is not a string/],
    ['{"valueBase64":"a"}', /not base64/],
    ['{"valu":"x"}', /unknown field/],
    [String.raw`{"value":"\ud800"}`, /surrogate/],
  ] as const)('I12: %s is refused', ([text, problem]) => {
    expect(json(text)).toEqual({ problem: expect.stringMatching(problem) as string });
  });

  test('I12: bytes that are not UTF-8 are no JSON', () => {
    const parsed = messageOf(Buffer.from([0x22, 0xff, 0x22]), { type: 'json' });
    expect(parsed).toEqual({ problem: 'it is not UTF-8' });
  });
});
