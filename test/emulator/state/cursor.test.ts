import { expect, test } from 'vitest';
import { type Cursor, decodeCursor, encodeCursor } from '../../../emulator/state/cursor.ts';

const partition: Cursor = {
  cursorType: 'partition',
  type: 'AfterOffset',
  offset: 41,
  partition: '0',
  streamId: 'ocid1.stream.oc1.sa-saopaulo-1.x',
  expiration: 1_700_000_000_000,
};
const group: Cursor = {
  cursorType: 'group',
  streamId: 'ocid1.stream.oc1.sa-saopaulo-1.x',
  expiration: 1_700_000_000_000,
  groupName: 'grupo-ção',
  instanceName: 'instância',
  offsets: { 0: 7, 12: 0 },
  commitOnGet: true,
  generation: 2,
  timeoutInMs: 30_000,
};

test.each([partition, group])(
  'a $cursorType cursor can be read back, and stands in a query as it is',
  (cursor) => {
    const text = encodeCursor(cursor);
    expect(encodeURIComponent(text)).toBe(text);
    expect(decodeCursor(text)).toEqual(cursor);
  },
);

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each<[string, string]>([
  ['text', 'not a cursor!'],
  ['JSON of another form', encoded({ cursorType: 'partition' })],
  ['a partition that is no number', encoded({ ...partition, partition: '../etc' })],
  ['a negative offset', encoded({ ...partition, offset: -1 })],
  ['a time that no Date can hold', encoded({ ...partition, expiration: 9e15 })],
  ['half a cursor', encodeCursor(partition).slice(0, 40)],
  ['nothing', ''],
])('%s is no cursor', (_, text) => {
  expect(decodeCursor(text)).toBeUndefined();
});
