/** Written into every file (`application_id`): "OCIO". */
export const APPLICATION_ID = 0x4f_43_49_4f;
/** Grows when older versions of this program could not read a file any more. Version 1 had a row for each message. */
export const FORMAT_VERSION = 2;
/** Bytes. Larger than SQLite's default: fewer pages for each segment. */
export const PAGE_SIZE = 16_384;
export const TOTALS_MARK = 'totals';

/**
 * A segment is a row; what was removed of one that is still needed is in a row of its own, so that the segment is not
 * written again. The totals change in the same transaction, so they are right after every crash and are read without a scan.
 */
export const SCHEMA = `
  CREATE TABLE segments (
    first INTEGER PRIMARY KEY, messages INTEGER NOT NULL, bytes INTEGER NOT NULL, seal INTEGER NOT NULL,
    outline BLOB NOT NULL, rows BLOB NOT NULL
  ) STRICT;
  CREATE TABLE removed (
    segment INTEGER PRIMARY KEY, messages INTEGER NOT NULL, bytes INTEGER NOT NULL, which BLOB NOT NULL
  ) STRICT;
  CREATE TABLE totals (
    id INTEGER PRIMARY KEY, mark TEXT NOT NULL, messages INTEGER NOT NULL, bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO totals VALUES (1, '${TOTALS_MARK}', 0, 0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT_VERSION};
`;
