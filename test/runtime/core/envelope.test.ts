import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  ENVELOPE_TYPE,
  EnvelopeWriter,
  isTraceparent,
  producerName,
  readWritten,
  unwrap,
} from '../../../runtime/core/envelope.ts';
import { anyText, cases } from '../../support/cases.ts';

const PRODUCER = '0123456789abcdefghij';
const AT = Date.UTC(2026, 10, 26, 12);
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const decoded = (base64: string): Buffer => Buffer.from(base64, 'base64');

function wrap(value: Uint8Array | string, key: Uint8Array | string | null = null): Buffer {
  const keyBytes = key === null ? null : Buffer.from(key);
  return decoded(new EnvelopeWriter(PRODUCER).wrap({ key: keyBytes, value: Buffer.from(value) }, AT));
}

function parsed(envelope: Uint8Array): Record<string, unknown> {
  return JSON.parse(Buffer.from(envelope).toString('utf8')) as Record<string, unknown>;
}

/** A whole envelope with other attributes. */
function altered(attributes: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(JSON.stringify({ ...parsed(wrap('value', 'key')), ...attributes }));
}

describe('an envelope on the wire', () => {
  test('is a CloudEvent 1.0 in JSON, with the text as data', () => {
    const writer = new EnvelopeWriter(PRODUCER);
    writer.wrap({ key: null, value: Buffer.from('first') }, AT);
    const second = { key: Buffer.from('order-1'), value: Buffer.from('paid "twice"'), traceparent: TRACE };
    expect(parsed(decoded(writer.wrap(second, AT + 5)))).toEqual({
      specversion: '1.0',
      type: 'oci-streaming-ha.message',
      source: PRODUCER,
      id: `${PRODUCER}-2`,
      sequence: '0000000000000002',
      time: '2026-11-26T12:00:00.005Z',
      partitionkey: 'order-1',
      traceparent: TRACE,
      datacontenttype: 'text/plain; charset=utf-8',
      data: 'paid "twice"',
    });
  });

  test('has bytes that are no text as data_base64, and no partitionkey for a key that is no text', () => {
    const event = parsed(wrap(Uint8Array.of(0xff, 0), Uint8Array.of(0x80)));
    expect(event).toMatchObject({ data_base64: '/wA=', datacontenttype: 'application/octet-stream' });
    expect(event).not.toHaveProperty('data');
    expect(event).not.toHaveProperty('partitionkey');
    expect(parsed(wrap('v', ''))).not.toHaveProperty('partitionkey');
  });

  test('C1: is at most a third larger than the value, whatever the bytes, and some 350 bytes', () => {
    for (const byte of [0, 1, 0x22, 0x5c, 0x7f, 0xc3, 0xff]) {
      const value = Buffer.alloc(100_000, byte);
      expect(wrap(value).byteLength).toBeLessThan((value.byteLength * 4) / 3 + 350);
    }
  });

  test('has a key with quotes, control characters or other planes as partitionkey', () => {
    for (const key of ['a"b\\c', '\n', '😀', 'é'])
      expect(parsed(wrap('v', key))).toHaveProperty('partitionkey', key);
  });

  test('has the time and the sequence of its own message, whatever was written before it', () => {
    const writer = new EnvelopeWriter(PRODUCER);
    for (let sequence = 1; sequence <= 120; sequence++) {
      const now = AT + Math.floor(sequence / 3);
      const wrapped = writer.wrap({ key: null, value: Buffer.from('value') }, now);
      expect(parsed(decoded(wrapped))).toMatchObject({
        id: `${PRODUCER}-${sequence}`,
        sequence: String(sequence).padStart(16, '0'),
        time: new Date(now).toISOString(),
      });
    }
  });

  test('INV-3: producers have names of 100 random bits', () => {
    const names = new Set(Array.from({ length: 1_000 }, () => producerName(Math.random)));
    expect(names.size).toBe(1_000);
    for (const name of names) expect(name).toMatch(/^[0-9a-v]{20}$/);
    expect(producerName(() => 0.999_999_999)).toBe('v'.repeat(20));
  });
});

describe('a message comes out of its envelope as it went in', () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  const text = anyText(100).map((string) => new Uint8Array(Buffer.from(string)));
  const key = fc.option(
    fc.oneof(bytes, text).map((each) => Buffer.from(each.subarray(0, 256))),
    { nil: null },
  );
  const traceparent = fc.option(fc.constant(TRACE), { nil: undefined });

  test('H12: any bytes, any text, any key', () => {
    const writer = new EnvelopeWriter(PRODUCER);
    let sequence = 0;
    fc.assert(
      fc.property(fc.oneof(bytes, text), key, traceparent, (value, key, traceparent) => {
        sequence += 1;
        const envelope = decoded(writer.wrap({ key, value: Buffer.from(value), traceparent }, AT));
        const found = unwrap(new Uint8Array(envelope));
        expect(Buffer.from(found!.value).equals(value)).toBe(true);
        expect(found!.envelope).toEqual({
          id: `${PRODUCER}-${sequence}`,
          producer: PRODUCER,
          sequence,
          time: '2026-11-26T12:00:00.000Z',
          traceparent,
        });
      }),
      { numRuns: cases(2_000, 100) },
    );
  });

  test.each([
    ['nothing', ''],
    ['a byte order mark', '\uFEFFtext'],
    ['control characters', '\0\u0001\u001f\u007f\u2028'],
    ['quotes and backslashes', '"\\"}\\u0041'],
    ['what looks like the end of an envelope', '"}'],
    ['an envelope', wrap('inner').toString()],
    ['emoji and other planes', '😀𝒳Ω'],
    ['700 KB of text', 'abc ü\n'.repeat(100_000)],
  ])('H12: %s', (_, text) => {
    expect(Buffer.from(unwrap(wrap(text, 'kéy'))!.value).toString()).toBe(text);
  });

  test('H12: 700 KB of random bytes', () => {
    const value = Buffer.from(Array.from({ length: 700_000 }, (_, at) => (at * 31 + (at >> 8) * 17) & 0xff));
    expect(Buffer.from(unwrap(wrap(value))!.value).equals(value)).toBe(true);
  });

  test('H12: also when another program wrote the JSON in its own order and with spaces', () => {
    const { data, ...others } = parsed(wrap('ü', 'key'));
    const text = JSON.stringify({ comment: { data: 'not this' }, data, ...others }, null, 2);
    expect(unwrap(Buffer.from(text))).toEqual({ ...unwrap(wrap('ü', 'key')) });
  });
});

/** The same event, which no program of ours writes like this. */
function withSpace(event: Buffer): Buffer {
  return Buffer.concat([event.subarray(0, 1), Buffer.from(' '), event.subarray(1)]);
}

describe('an envelope as we write it is read as its JSON would be', () => {
  test.each([
    [null, undefined, 'value'],
    ['key', undefined, 'value'],
    ['chave não ASCII', undefined, 'São Paulo'],
    [null, TRACE, 'value'],
    ['key', TRACE, '"quoted"'],
    ['key', TRACE, Uint8Array.of(0xff)],
    ['', TRACE, ''],
  ])('H12: key %j, traceparent %j, value %j: without parsing JSON', (key, traceparent, value) => {
    const writer = new EnvelopeWriter(PRODUCER);
    for (let sequence = 1; sequence <= 19; sequence++) {
      const wrapped = decoded(writer.wrap({ key, value: Buffer.from(value), traceparent }, AT));
      const time = '2026-11-26T12:00:00.000Z';
      const id = `${PRODUCER}-${sequence}`;
      expect(readWritten(wrapped)).toEqual({
        envelope: { id, producer: PRODUCER, sequence, time, traceparent },
        value: Buffer.from(value),
      });
    }
  });

  const attributes = ['source', 'id', 'sequence', 'time', 'partitionkey', 'traceparent', 'datacontenttype'];
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.json({ maxDepth: 1 }),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  const key = fc.option(fc.string({ unit: 'binary', maxLength: 5 }), { nil: null });

  test('H12, H13: whatever attribute has another value', () => {
    const other = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^\d{1,17}$/), fc.jsonValue());
    fc.assert(
      fc.property(value, key, fc.constantFrom(...attributes), other, (value, key, name, attribute) => {
        const event = { ...parsed(wrap(value, key)), [name]: attribute };
        const bytes = Buffer.from(JSON.stringify(event));
        expect(unwrap(bytes)).toEqual(unwrap(withSpace(bytes)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('H12, H13: whatever byte is changed, taken out or put in', () => {
    const byte = fc.oneof(fc.constantFrom(...Buffer.from('"\\,{}[]:u0=-_ \n')), fc.nat(255));
    fc.assert(
      fc.property(
        value,
        key,
        fc.nat(),
        fc.constantFrom('change', 'take out', 'put in'),
        byte,
        (value, key, n, type, byte) => {
          const whole = wrap(value, key);
          const at = 1 + (n % (whole.byteLength - 1));
          const bytes = Buffer.concat([
            whole.subarray(0, at),
            Uint8Array.of(...(type === 'take out' ? [] : [byte])),
            whole.subarray(type === 'put in' ? at : at + 1),
          ]);
          expect(unwrap(bytes)).toEqual(unwrap(withSpace(bytes)));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('a value that is no envelope, or not a whole one', () => {
  test('H13: any bytes and any JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((json) => Buffer.from(json)),
        ),
        (value) => {
          expect(unwrap(value)).toBeUndefined();
        },
      ),
    );
  });

  test('H13: an envelope that is cut off anywhere', () => {
    for (const whole of [
      wrap('text "quoted"', 'key'),
      wrap('plain', 'key'),
      wrap(Uint8Array.of(255, 1), 'key'),
    ]) {
      for (let length = 0; length < whole.byteLength; length++) {
        expect(unwrap(whole.subarray(0, length))).toBeUndefined();
      }
    }
  });

  test('H13: an envelope with a byte that is not UTF-8, wherever it stands', () => {
    const whole = wrap('plain', 'key');
    for (let at = 0; at < whole.byteLength; at++) {
      for (const byte of [0x80, 0xbf, 0xff]) {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        expect(unwrap(damaged)).toBeUndefined();
      }
    }
  });

  test.each([
    ['of another type', { type: 'com.example.order' }],
    ['of another version', { specversion: '0.3' }],
    ['without an id', { id: undefined }],
    ['with an empty id', { id: '' }],
    ['with an id that is a number', { id: 7 }],
    ['without a source', { source: undefined }],
    ['without a time', { time: undefined }],
    ['with a sequence that is no number', { sequence: 'one' }],
    ['with a sequence that is too large', { sequence: '9999999999999999' }],
    ['with a sequence that is negative', { sequence: '-1' }],
    ['with a sequence that JavaScript alone takes for a number', { sequence: '1e3' }],
    ['with a sequence of 17 digits', { sequence: '00000000000000001' }],
    ['with data that is no text', { data: { a: 1 } }],
    ['without data', { data: undefined }],
    ['with data twice', { data_base64: 'AA==' }],
    ['with base64 that is none', { data: undefined, data_base64: 'A*==' }],
    ['with a traceparent that is no text', { traceparent: 1 }],
  ])('H13: %s', (_, attributes) => {
    expect(unwrap(altered({}))).toBeDefined();
    expect(unwrap(altered(attributes))).toBeUndefined();
  });

  test('H13: JSON of another form that holds the type', () => {
    for (const text of [
      `["${ENVELOPE_TYPE}"]`,
      `{"a":"${ENVELOPE_TYPE}"}`,
      `{"type":"${ENVELOPE_TYPE}"`,
      'null',
    ]) {
      expect(unwrap(Buffer.from(text))).toBeUndefined();
    }
  });
});

test.each([
  [TRACE, true],
  [TRACE.replace('00-', 'ff-'), true],
  [`${TRACE}-more`, false],
  [` ${TRACE}`, false],
  [TRACE.toUpperCase(), false],
  [TRACE.slice(0, -1), false],
  ['', false],
  [undefined, false],
  [[TRACE], false],
])('H12: %j as a traceparent: %s', (text, expected) => {
  expect(isTraceparent(text)).toBe(expected);
});
