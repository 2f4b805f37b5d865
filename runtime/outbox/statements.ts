import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Where a sequence is, and how much of that segment is removed already. */
export interface Place {
  readonly first: number;
  readonly messages: number;
  readonly bytes: number;
  readonly removedMessages: number;
  readonly removedBytes: number;
  readonly which: Uint8Array | null;
}

/** The segment that holds a sequence, or would, and those after it. */
const FROM_SEGMENT = `
  FROM segments LEFT JOIN removed ON segment = first
  WHERE first >= coalesce((SELECT max(first) FROM segments WHERE first <= ?), 0) ORDER BY first`;

export type Statements = ReturnType<typeof statementsOf>;

export function statementsOf(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    insert: prepare('INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?)'),
    read: prepare(`SELECT segments.*, which ${FROM_SEGMENT}`),
    outlines: prepare(`SELECT first, segments.messages, outline, which ${FROM_SEGMENT}`),
    find: prepare(
      `SELECT first, segments.messages, segments.bytes, coalesce(removed.messages, 0) AS removedMessages,
        coalesce(removed.bytes, 0) AS removedBytes, which
      FROM segments LEFT JOIN removed ON segment = first WHERE first <= ? ORDER BY first DESC LIMIT 1`,
    ),
    outline: prepare('SELECT outline FROM segments WHERE first = ?'),
    delete: prepare('DELETE FROM segments WHERE first = ?'),
    setRemoved: prepare('INSERT OR REPLACE INTO removed VALUES (?, ?, ?, ?)'),
    deleteRemoved: prepare('DELETE FROM removed WHERE segment = ?'),
    addTotals: prepare('UPDATE totals SET messages = messages + ?, bytes = bytes + ?'),
    last: prepare('SELECT first + messages - 1 AS last FROM segments ORDER BY first DESC LIMIT 1'),
  };
}
