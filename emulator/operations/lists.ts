import { refusal } from './service-error.ts';

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly compartmentId: string;
  readonly lifecycleState: string;
  readonly timeCreated: number;
}

/** Filters and order of a list. A resource must match every filter that is given. */
interface ListQuery {
  readonly compartmentId?: string | undefined;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly lifecycleState?: string | undefined;
  readonly sortBy?: 'NAME' | 'TIMECREATED' | undefined;
  readonly sortOrder?: 'ASC' | 'DESC' | undefined;
}

/** Deleted resources stay in the list. */
export function filterResources<T extends Listed>(resources: Iterable<T>, query: ListQuery): T[] {
  return [...resources].filter(
    (row) =>
      row.compartmentId === (query.compartmentId ?? row.compartmentId) &&
      row.id === (query.id ?? row.id) &&
      row.name === (query.name ?? row.name) &&
      row.lifecycleState === (query.lifecycleState ?? row.lifecycleState),
  );
}

/** Defaults: by TIMECREATED, newest first; by NAME, from A. (unconfirmed) */
export function resourceOrder({ sortBy = 'TIMECREATED', sortOrder }: ListQuery): Order<Listed> {
  const ascending = (sortOrder ?? (sortBy === 'NAME' ? 'ASC' : 'DESC')) === 'ASC';
  return {
    sortKeyOf: ({ id, name, timeCreated }) => [sortBy === 'NAME' ? name : timeCreated, id],
    direction: ascending ? 1 : -1,
  };
}

const DEFAULT_LIMIT = 10;

interface Paging {
  readonly limit?: number | undefined;
  readonly page?: string | undefined;
}

/** Unique in a list: the id tells rows with equal keys apart. */
type SortKey = readonly [key: string | number, id: string];

/** 1 is ascending, -1 is descending. */
interface Order<T> {
  readonly sortKeyOf: (row: T) => SortKey;
  readonly direction: 1 | -1;
}

/**
 * One page of `rows`, sorted, and the headers of the next and the previous page. A page token names the row next to its page, not
 * a count of rows. So a client that reads page after page gets each row exactly once, even while others create and delete rows.
 */
export function pageOf<T>(
  rows: readonly T[],
  { limit = DEFAULT_LIMIT, page }: Paging,
  { sortKeyOf, direction }: Order<T>,
) {
  const compareKeys = (a: SortKey, b: SortKey): number =>
    direction * (compare(a[0], b[0]) || compare(a[1], b[1]));
  const sorted = rows.toSorted((a, b) => compareKeys(sortKeyOf(a), sortKeyOf(b)));
  const [from, to] = page === undefined ? [0, Math.min(limit, sorted.length)] : spanOf(page);
  const headers: Record<string, string> = {};
  if (to < sorted.length && to > 0) headers['opc-next-page'] = token('after', sortKeyOf(sorted[to - 1]!));
  if (from > 0 && from < sorted.length) headers['opc-prev-page'] = token('before', sortKeyOf(sorted[from]!));
  return { rows: sorted.slice(from, to), headers };

  function spanOf(text: string): [from: number, to: number] {
    const { side, key } = parseToken(text);
    const next = sorted.findIndex((row) => compareKeys(sortKeyOf(row), key) >= (side === 'after' ? 1 : 0));
    const index = next === -1 ? sorted.length : next;
    return side === 'after'
      ? [index, Math.min(index + limit, sorted.length)]
      : [Math.max(0, index - limit), index];
  }
}

type Side = 'after' | 'before';

/** base64url: clients put the token into the query without escaping it. */
function token(side: Side, [key, id]: SortKey): string {
  return Buffer.from(JSON.stringify([side, key, id])).toString('base64url');
}

function parseToken(text: string): { side: Side; key: SortKey } {
  const [side, key, id] = parseArray(text);
  if ((side === 'after' || side === 'before') && isKey(key) && typeof id === 'string')
    return { side, key: [key, id] };
  throw refusal.invalid('page: is not a page token of this list');
}

function parseArray(text: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function isKey(key: unknown): key is string | number {
  return typeof key === 'string' || typeof key === 'number';
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
