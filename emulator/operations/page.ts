import { refusal } from './service-error.ts';

const DEFAULT_LIMIT = 10;

interface Paging {
  readonly limit?: number | undefined;
  readonly page?: string | undefined;
}

/**
 * One page of `rows`, which come sorted, and the headers that lead to its neighbours. A token says how many rows are
 * before its page; like a cursor it is made of characters that survive a query string as they are.
 */
export function pageOf<T>(rows: readonly T[], { limit = DEFAULT_LIMIT, page }: Paging) {
  const from = page === undefined ? 0 : rowsBefore(page);
  const to = Math.min(from + limit, rows.length);
  const headers: Record<string, string> = {};
  if (to < rows.length) headers['opc-next-page'] = token(to);
  if (from > 0) headers['opc-prev-page'] = token(Math.max(0, from - limit));
  return { rows: rows.slice(from, to), headers };
}

function token(before: number): string {
  return Buffer.from(`rows:${before}`).toString('base64url');
}

function rowsBefore(page: string): number {
  const match = /^rows:(\d{1,9})$/.exec(Buffer.from(page, 'base64url').toString());
  if (match === null) throw refusal.invalid('page: is not a token that this list gave');
  return Number(match[1]);
}

interface Sortable {
  readonly id: string;
  readonly name: string;
  readonly timeCreated: number;
}

/** TIMECREATED sorts newest first unless told, NAME from A. Without `sortBy`, TIMECREATED. (unconfirmed) */
export function sorted<T extends Sortable>(
  rows: Iterable<T>,
  by: 'NAME' | 'TIMECREATED' = 'TIMECREATED',
  order?: string,
) {
  const direction = (order ?? (by === 'NAME' ? 'ASC' : 'DESC')) === 'ASC' ? 1 : -1;
  const key = (row: T): string | number => (by === 'NAME' ? row.name : row.timeCreated);
  return [...rows].sort((a, b) => direction * (compare(key(a), key(b)) || compare(a.id, b.id)));
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
