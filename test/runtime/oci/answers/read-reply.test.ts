import { expect, it } from 'vitest';

import { readReply } from '../../../../runtime/oci/answers/index.ts';

const message = {
  stream: 's',
  partition: '1',
  key: 'aw==',
  value: 'dg==',
  offset: 5,
  timestamp: '2026-11-23T12:00:00.000Z',
};

it('decodes keys and values', () => {
  expect(readReply([message, { ...message, key: null, value: '' }], 'next')).toEqual({
    nextCursor: 'next',
    messages: [
      {
        partition: '1',
        offset: 5,
        key: Buffer.from('k'),
        value: Buffer.from('v'),
        timestamp: message.timestamp,
      },
      { partition: '1', offset: 5, key: null, value: Buffer.alloc(0), timestamp: message.timestamp },
    ],
  });
});

it('takes no answer in which a message cannot be read: it would be skipped in silence', () => {
  expect(readReply([message, { ...message, offset: undefined }], 'next')).toBeUndefined();
  expect(readReply([message, null], 'next')).toBeUndefined();
});

it('takes no answer without a next cursor', () => {
  expect(readReply([], undefined)).toBeUndefined();
  expect(readReply([], '')).toBeUndefined();
  expect(readReply(undefined, 'next')).toBeUndefined();
});
