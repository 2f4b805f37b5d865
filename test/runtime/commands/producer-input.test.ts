import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { bytesOfFlag } from '../../../runtime/commands/escapes.ts';
import { rangesOf } from '../../../runtime/commands/producer/lines-not-stored.ts';
import { messageOf } from '../../../runtime/commands/producer/line-message.ts';
import { Pacer } from '../../../runtime/commands/producer/pacer.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

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

test('I6: escapes of a flag', () => {
  expect(Buffer.from(bytesOfFlag('-K', String.raw`\t`)).toString()).toBe('\t');
  expect([...bytesOfFlag('-K', String.raw`\x1f\0\\é`)]).toEqual([0x1f, 0, 0x5c, 0xc3, 0xa9]);
  for (const wrong of [String.raw`\q`, '\\', String.raw`\x1`, '']) {
    expect(() => bytesOfFlag('-K', wrong)).toThrow(/-K/);
  }
});

test('I14: line numbers are told as ranges', () => {
  expect(rangesOf([3, 1, 2, 9, 7, 8, 12])).toBe('1-3, 7-9, 12');
});

test('I14: a pace holds, and what was missed is made up for by one second at most', async () => {
  const clock = new VirtualClock();
  const pacer = new Pacer(clock, 10);
  expect([pacer.takeTurn(), pacer.takeTurn(), pacer.takeTurn()]).toEqual([0, 100, 200]);
  await clock.pass(60_000);
  const turns = Array.from({ length: 12 }, () => pacer.takeTurn());
  expect(turns.filter((waitMs) => waitMs === 0)).toHaveLength(11);
});
