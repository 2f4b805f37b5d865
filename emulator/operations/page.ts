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

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly compartmentId: string;
  readonly lifecycleState: string;
  readonly timeCreated: number;
}

/** What a list of resources may be asked for. All that is given must fit. */
interface ListQuery {
  readonly compartmentId?: string | undefined;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly lifecycleState?: string | undefined;
  readonly sortBy?: 'NAME' | 'TIMECREATED' | undefined;
  readonly sortOrder?: 'ASC' | 'DESC' | undefined;
}

/**
 * The resources that a query is about, sorted. TIMECREATED sorts newest first unless told, NAME from A. Without
 * `sortBy`: TIMECREATED. (unconfirmed) Deleted resources stay in the list.
 */
export function listed<T extends Listed>(resources: Iterable<T>, query: ListQuery): T[] {
  const by = query.sortBy ?? 'TIMECREATED';
  const direction = (query.sortOrder ?? (by === 'NAME' ? 'ASC' : 'DESC')) === 'ASC' ? 1 : -1;
  const key = (row: T): string | number => (by === 'NAME' ? row.name : row.timeCreated);
  return [...resources]
    .filter(
      (row) =>
        row.compartmentId === (query.compartmentId ?? row.compartmentId) &&
        row.id === (query.id ?? row.id) &&
        row.name === (query.name ?? row.name) &&
        row.lifecycleState === (query.lifecycleState ?? row.lifecycleState),
    )
    .sort((a, b) => direction * (compare(key(a), key(b)) || compare(a.id, b.id)));
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
