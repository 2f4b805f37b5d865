import { refusal } from './service-error.ts';

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

/** The resources that a query is about. Deleted ones stay in the list. */
export function listed<T extends Listed>(resources: Iterable<T>, query: ListQuery): T[] {
  return [...resources].filter(
    (row) =>
      row.compartmentId === (query.compartmentId ?? row.compartmentId) &&
      row.id === (query.id ?? row.id) &&
      row.name === (query.name ?? row.name) &&
      row.lifecycleState === (query.lifecycleState ?? row.lifecycleState),
  );
}

/** TIMECREATED sorts newest first unless told, NAME from A. Without `sortBy`: TIMECREATED. (unconfirmed) */
export function orderOf({ sortBy = 'TIMECREATED', sortOrder }: ListQuery): Order<Listed> {
  const ascending = (sortOrder ?? (sortBy === 'NAME' ? 'ASC' : 'DESC')) === 'ASC';
  return {
    placeOf: ({ id, name, timeCreated }) => [sortBy === 'NAME' ? name : timeCreated, id],
    direction: ascending ? 1 : -1,
  };
}

const DEFAULT_LIMIT = 10;

interface Paging {
  readonly limit?: number | undefined;
  readonly page?: string | undefined;
}

/** Where a row stands in its list. No two rows have the same. */
type Place = readonly [key: string | number, id: string];

/** How a list is sorted: by place, forwards (1) or backwards (-1). */
interface Order<T> {
  readonly placeOf: (row: T) => Place;
  readonly direction: 1 | -1;
}

/**
 * One page of `rows`, sorted, and the headers that lead to its neighbours. A token names the row that its page is next to,
 * not a number of rows: whoever walks a list while others create and delete meets each row that stays exactly once.
 */
export function pageOf<T>(
  rows: readonly T[],
  { limit = DEFAULT_LIMIT, page }: Paging,
  { placeOf, direction }: Order<T>,
) {
  const order = (a: Place, b: Place): number => direction * (compare(a[0], b[0]) || compare(a[1], b[1]));
  const sorted = rows.toSorted((a, b) => order(placeOf(a), placeOf(b)));
  const [from, to] = page === undefined ? [0, Math.min(limit, sorted.length)] : spanOf(page);
  const headers: Record<string, string> = {};
  if (to < sorted.length && to > 0) headers['opc-next-page'] = token('after', placeOf(sorted[to - 1]!));
  if (from > 0 && from < sorted.length) headers['opc-prev-page'] = token('before', placeOf(sorted[from]!));
  return { rows: sorted.slice(from, to), headers };

  function spanOf(text: string): [from: number, to: number] {
    const { side, place } = neighbourIn(text);
    const next = sorted.findIndex((row) => order(placeOf(row), place) >= (side === 'after' ? 1 : 0));
    const index = next === -1 ? sorted.length : next;
    return side === 'after'
      ? [index, Math.min(index + limit, sorted.length)]
      : [Math.max(0, index - limit), index];
  }
}

type Side = 'after' | 'before';

/** Like a cursor it is made of characters that survive a query string as they are. */
function token(side: Side, [key, id]: Place): string {
  return Buffer.from(JSON.stringify([side, key, id])).toString('base64url');
}

function neighbourIn(text: string): { side: Side; place: Place } {
  const [side, key, id] = contents(text);
  if ((side === 'after' || side === 'before') && isKey(key) && typeof id === 'string')
    return { side, place: [key, id] };
  throw refusal.invalid('page: is not a token that this list gave');
}

function contents(text: string): unknown[] {
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
