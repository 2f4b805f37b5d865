import { expect, test } from 'vitest';
import { putMessagesBody } from '../../../emulator/operations/put-messages-body.ts';

const bytes = (count: number): string => Buffer.alloc(count).toString('base64');

test('messages become columns; sizes are decoded, and a missing key is null', () => {
  const body = putMessagesBody({
    messages: [{ key: 'a2V5', value: 'dmFsdWU=' }, { key: null, value: 'dg' }, { value: '' }],
  });
  expect(body).toEqual({
    keys: ['a2V5', null, null],
    values: ['dmFsdWU=', 'dg==', ''],
    sizes: [8, 1, 0],
  });
});

test('key and value together may have 1 MiB, and not a byte more', () => {
  const largest = { key: bytes(256), value: bytes(1_048_576 - 256) };
  expect(putMessagesBody({ messages: [largest] }).sizes).toEqual([1_048_576]);
  expect(() => putMessagesBody({ messages: [largest, { value: bytes(1) }] })).toThrow(
    'Request size is limited to 1 MiB',
  );
});

test.each<[string, unknown, string]>([
  ['no body', undefined, 'messages'],
  ['no messages', { messages: null }, 'messages'],
  ['messages that are no list', { messages: {} }, 'messages: must be an array'],
  ['a message that is text', { messages: ['x'] }, 'messages.0: must be an object'],
  ['a message without a value', { messages: [{ key: 'YQ==' }] }, 'messages.0.value'],
  ['a value that is a number', { messages: [{ value: 1 }] }, 'messages.0.value: must be a base64 string'],
  ['a key over 256 bytes', { messages: [{ key: bytes(257), value: '' }] }, 'messages.0.key: is 257 bytes'],
])('%s is refused by name', (_, body, message) => {
  expect(() => putMessagesBody(body)).toThrow(message);
});
