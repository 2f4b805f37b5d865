import { crc32 } from 'node:zlib';

import type { OutboxRow } from './outbox-store.ts';

/** Written into every file (`application_id`): "OCIO". */
export const APPLICATION_ID = 0x4f_43_49_4f;
/** Grows when older versions of this program could not read a file any more. */
export const FORMAT_VERSION = 1;
/** Bytes. Larger than SQLite's default: 15 messages of 1 KiB fill a page to 96 %, 3 fill one of 4 KiB to 78 %. */
export const PAGE_SIZE = 16_384;
export const TOTALS_MARK = 'totals';

/** The totals change in the transaction of the rows, so they are right after every crash and are read without a scan. */
export const SCHEMA = `
  CREATE TABLE messages (
    sequence INTEGER PRIMARY KEY, accepted_at INTEGER NOT NULL, seal INTEGER NOT NULL, key BLOB, value BLOB NOT NULL
  ) STRICT;
  CREATE TABLE totals (
    id INTEGER PRIMARY KEY, mark TEXT NOT NULL, messages INTEGER NOT NULL, bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO totals VALUES (1, '${TOTALS_MARK}', 0, 0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT_VERSION};
`;

const head = Buffer.alloc(20);

/** CRC-32 of all that a row says. SQLite has no checksum in its pages: it gives damaged bytes as if they were right. */
export function sealOf({ sequence, acceptedAt, key, value }: OutboxRow): number {
  head.writeDoubleLE(sequence, 0);
  head.writeDoubleLE(acceptedAt, 8);
  head.writeInt32LE(key === null ? -1 : key.byteLength, 16);
  const sealed = crc32(head);
  return crc32(value, key === null ? sealed : crc32(key, sealed));
}
