import type { Match, OperationName } from '../operations/index.ts';
import type { RegionState } from '../state/index.ts';
import type { Store } from '../store/index.ts';

/** What a call on the data plane may change; what is not here and not a GET changes records of the admin plane. */
const CHANGED: Partial<Record<OperationName, 'messages' | 'groups' | 'nothing'>> = {
  PutMessages: 'messages',
  GetMessages: 'groups',
  CreateGroupCursor: 'groups',
  ConsumerCommit: 'groups',
  ConsumerHeartbeat: 'groups',
  UpdateGroup: 'groups',
  CreateCursor: 'nothing',
};

/** Writes what a call has changed. */
export function keep(store: Store, region: RegionState, { route, parts }: Match): void {
  const changed = CHANGED[route.operation] ?? (route.method === 'GET' ? 'nothing' : 'all');
  if (changed === 'nothing') return;
  const stream = region.streams.get(parts['streamId'] ?? '');
  if (changed !== 'all' && stream === undefined) return;
  store.save(region, stream, changed);
}
