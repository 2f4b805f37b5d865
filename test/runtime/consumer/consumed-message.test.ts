import { expect, test } from 'vitest';

import { ConsumedMessage } from '../../../runtime/consumer/consumed-message.ts';

const origin = { region: 'sa-saopaulo-1', role: 'primary', stream: 'ocid1.stream.oc1..a' } as const;

function message(value: Uint8Array, key: Uint8Array | null = null, contents = {}): ConsumedMessage {
  const stored = { partition: '3', offset: 7, key, value, timestamp: '2026-11-23T12:00:00.000Z' };
  return new ConsumedMessage(origin, stored, true, contents);
}

test('H13: a message of another program is its bytes, not late and without an envelope', () => {
  const value = Uint8Array.of(0xff, 0x41);
  const plain = message(value);
  expect(plain).toMatchObject({ ...origin, partition: '3', offset: 7, endsRead: true, late: false });
  expect([plain.value, plain.stored]).toEqual([value, value]);
  expect([plain.envelope, plain.deadLetter, ConsumedMessage.idOf(plain)]).toEqual(Array(3).fill(undefined));
});

test('H13: text is UTF-8, a byte order mark is a part of it, and what is not UTF-8 is U+FFFD', () => {
  expect(message(Buffer.from('\uFEFFação')).text()).toBe('\uFEFFação');
  expect(message(Uint8Array.of(0x41, 0xff)).text()).toBe('A\uFFFD');
});

test('H13: a key is text or bytes, and null for a message without one', () => {
  const keyed = message(Uint8Array.of(), Buffer.from('ação'));
  expect([keyed.keyText(), keyed.key]).toEqual(['ação', Buffer.from('ação')]);
  const keyless = message(Uint8Array.of());
  expect([keyless.keyText(), keyless.key]).toEqual([null, null]);
  expect(message(Uint8Array.of(), Uint8Array.of()).keyText()).toBe('');
});

test('H12: what came in an envelope is told from what the stream held', () => {
  const value = Buffer.from('paid');
  const stored = Buffer.from('{"data":"paid"}');
  const opened = message(stored, null, { value, stored, late: true, id: 'one' });
  expect([opened.text(), opened.stored, opened.late]).toEqual(['paid', stored, true]);
  expect(ConsumedMessage.idOf(opened)).toBe('one');
});
