import { describe, expect, test } from 'vitest';

import { readCloudEvent, readData, writeCloudEvent } from '../../../runtime/core/cloud-event.ts';

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
    ['what is exactly as long in base64', '\u0001'.repeat(14) + 'a'.repeat(10)],
  ])('H12: %s: stands there as text', (_, text) => {
    const { data, data_base64: base64, datacontenttype } = members(Buffer.from(text));
    expect([data, base64, datacontenttype]).toEqual([text, undefined, 'text/plain; charset=utf-8']);
  });

  test.each([
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff])],
    ['the first byte beyond ASCII', Buffer.from([0x80])],
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

describe('the value of an event as it was written', () => {
  const at = HEAD.length + 1;

  test.each([
    ['ASCII', Buffer.from('abc')],
    ['nothing', Buffer.from('')],
    ['UTF-8', Buffer.from('São Paulo')],
    ['JSON', Buffer.from('{"a":"\\u0041\n"}')],
    ['what looks like its end', Buffer.from('"}')],
    ['bytes', Buffer.from([0xff, 0, 0x22])],
  ])('H12: %s: is read without parsing the event', (_, value) => {
    expect(readData(writeCloudEvent(HEAD, value), at)).toEqual(value);
  });

  test('H12: no bytes in base64 are read too, as another program may write them', () => {
    const bytes = writeCloudEvent(HEAD, Buffer.from([0xff]))
      .toString()
      .replace('/w==', '');
    expect(readData(Buffer.from(bytes), at)).toEqual(Buffer.alloc(0));
  });

  const written = writeCloudEvent(HEAD, Buffer.from('abc'));
  const changed = (from: number, byte: number): Buffer => {
    const copy = Buffer.from(written);
    copy[from] = byte;
    return copy;
  };
  const replaced = (text: string, by: string): Buffer => Buffer.from(written.toString().replace(text, by));
  test.each([
    ['of another form of content', replaced('text/plain', 'text/html')],
    ['with another member behind it', replaced('"}', '","more":"x"}')],
    ['with an escape that is none', replaced('abc', String.raw`a\qc`)],
    ['with a byte that is no UTF-8', changed(written.indexOf('abc'), 0xff)],
    ['with another end', changed(written.byteLength - 1, 0x5d)],
    ['that does not end', changed(written.byteLength - 2, 0x20)],
    ['with a space at its end', Buffer.concat([written, Buffer.from(' ')])],
    ['of which the end is the beginning', Buffer.concat([written.subarray(0, -5), Buffer.from('}')])],
    [
      'in base64 of which the end is the beginning',
      replaced('text/plain; charset=utf-8","data":"abc"', 'application/octet-stream","data_base64":"'),
    ],
    [
      'in base64 that is none',
      replaced('text/plain; charset=utf-8","data":"abc', 'application/octet-stream","data_base64":"A!=='),
    ],
    [
      'in base64 with bits that nobody wrote',
      replaced('text/plain; charset=utf-8","data":"abc', 'application/octet-stream","data_base64":"AB=='),
    ],
  ])('H13: is not one %s', (_, bytes) => {
    expect(readData(bytes, at)).toBeUndefined();
  });
});
