import { describe, expect, test } from 'vitest';

import { plainTextOf, readCloudEvent, writeCloudEvent } from '../../../runtime/core/cloud-event.ts';

const TYPE = 'com.example.test';
const HEAD = `"specversion":"1.0","type":"${TYPE}",`;

const members = (value: Uint8Array): Record<string, unknown> =>
  JSON.parse(writeCloudEvent(HEAD, Buffer.from(value)).toString()) as Record<string, unknown>;
const event = (attributes: object): Buffer =>
  Buffer.from(JSON.stringify({ specversion: '1.0', type: TYPE, ...attributes }));

describe('the value of an event', () => {
  test.each([
    ['ASCII', 'abc {1}'],
    ['UTF-8', 'São Paulo 😀'],
    ['the character that stands for a wrong byte', 'a\uFFFDb'],
    ['quotes and a backslash', '"\\'],
    ['nothing', ''],
    ['13 control characters, six bytes each', '\u0001'.repeat(13)],
  ])('H12: %s: stands there as text', (_, text) => {
    const { data, data_base64: base64, datacontenttype } = members(Buffer.from(text));
    expect([data, base64, datacontenttype]).toEqual([text, undefined, 'text/plain; charset=utf-8']);
  });

  test.each([
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff])],
    ['14 control characters: base64 is shorter', Buffer.from('\u0001'.repeat(14))],
  ])('H12: %s: stands there in base64', (_, bytes) => {
    const { data, data_base64: base64, datacontenttype } = members(bytes);
    expect([data, base64, datacontenttype]).toEqual([
      undefined,
      bytes.toString('base64'),
      'application/octet-stream',
    ]);
  });
});

describe('a value that is an event', () => {
  test.each([
    ['text', { data: 'ü' }, 'ü'],
    ['no text', { data: '' }, ''],
    ['base64', { data_base64: 'AQI=' }, '\u0001\u0002'],
    ['attributes that are not known', { data: 'x', more: { data: 'y' } }, 'x'],
  ])('H12: with %s is read', (_, attributes, value) => {
    const read = readCloudEvent(event(attributes), TYPE);
    expect(Buffer.from(read!.value).toString()).toBe(value);
    expect(read!.attributes).toMatchObject(attributes);
  });

  test.each([
    ['another version', { specversion: '0.3', data: 'x' }],
    ['another type', { type: 'other', data: 'x', note: TYPE }],
    ['no data', {}],
    ['data that is no text', { data: 1 }],
    ['data that is no text beside base64', { data: 1, data_base64: 'AQI=' }],
    ['both forms of data', { data: 'x', data_base64: 'AQI=' }],
    ['characters that are no base64', { data_base64: 'AQ!I=' }],
    ['base64 without its end', { data_base64: 'AQI' }],
  ])('H13: with %s is none', (_, attributes) => {
    expect(readCloudEvent(event(attributes), TYPE)).toBeUndefined();
  });

  test.each([
    ['JSON that is no object', JSON.stringify([TYPE])],
    ['text before it', ` ${event({ data: 'x' }).toString()}`],
    ['half of it', event({ data: 'x' }).toString().slice(0, -1)],
    ['nothing', ''],
  ])('H13: with %s is none', (_, text) => {
    expect(readCloudEvent(Buffer.from(text), TYPE)).toBeUndefined();
  });

  test('H13: with a byte that is no UTF-8 is none', () => {
    const bytes = event({ data: 'abc' });
    bytes[bytes.indexOf('abc')] = 0xff;
    expect(readCloudEvent(bytes, TYPE)).toBeUndefined();
  });
});

describe('an event whose text has no escapes', () => {
  test.each(['', 'abc', 'São Paulo'])('H12: gives its head and %j without parsing', (text) => {
    const plain = plainTextOf(writeCloudEvent(HEAD, Buffer.from(text)));
    expect(plain?.head).toBe(HEAD);
    expect(plain?.value.toString()).toBe(text);
  });

  const written = writeCloudEvent(HEAD, Buffer.from('abc'));
  const changed = (at: number, byte: number): Buffer => {
    const copy = Buffer.from(written);
    copy[at] = byte;
    return copy;
  };
  test.each([
    ['with an escape', writeCloudEvent(HEAD, Buffer.from('a"b'))],
    ['in base64', writeCloudEvent(HEAD, Buffer.from([0xff]))],
    ['with a byte that is no UTF-8', changed(written.indexOf('abc'), 0xff)],
    ['with another beginning', changed(0, 0x5b)],
    ['with another end', changed(written.byteLength - 1, 0x5d)],
    ['whose value does not end', changed(written.byteLength - 2, 0x20)],
    ['with a space at its end', Buffer.concat([written, Buffer.from(' ')])],
  ])('H13: is not one %s', (_, bytes) => {
    expect(plainTextOf(bytes)).toBeUndefined();
  });
});
