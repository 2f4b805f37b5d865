import type { Order } from './page.ts';

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
