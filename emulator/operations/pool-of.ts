import { newEtag, newOcid, type StreamPool } from '../state/index.ts';
import type { Context } from './operation.ts';
import { refusal } from './service-error.ts';

/** The compartment's default pool, made on demand. */
export function defaultPool({ region, now, random }: Context, compartmentId: string): StreamPool {
  for (const pool of region.pools.values()) {
    if (pool.isDefault && pool.compartmentId === compartmentId) return active(pool);
  }
  const pool: StreamPool = {
    id: newOcid('streampool', region.name, random),
    name: 'DefaultPool',
    compartmentId,
    lifecycleState: 'ACTIVE',
    timeCreated: now,
    etag: newEtag(random),
    freeformTags: {},
    definedTags: {},
    isDefault: true,
    endpointLabel: 'cell-1',
    kafkaSettings: {},
    securityAttributes: {},
  };
  region.pools.set(pool.id, pool);
  return pool;
}

/** The pool that a stream is put into: it must be there and ACTIVE. */
export function activePool({ region }: Context, streamPoolId: string): StreamPool {
  const pool = region.pools.get(streamPoolId);
  if (pool === undefined || pool.lifecycleState === 'DELETED') throw refusal.notFound();
  return active(pool);
}

function active(pool: StreamPool): StreamPool {
  if (pool.lifecycleState !== 'ACTIVE') throw refusal.incorrectState(`${pool.id} is ${pool.lifecycleState}`);
  return pool;
}

/**
 * Names are unique in a pool. Streams that are FAILED, DELETING or DELETED no longer hold theirs. (unconfirmed for
 * FAILED and DELETING)
 */
export function checkNameIsFree({ region }: Context, pool: StreamPool, name: string): void {
  for (const stream of region.streams.values()) {
    const holds = ['CREATING', 'ACTIVE', 'UPDATING'].includes(stream.lifecycleState);
    if (holds && stream.streamPoolId === pool.id && stream.name === name) {
      throw refusal.exists(
        `Authorization failed or stream ${name} already exists in stream pool ${pool.id}.`,
      );
    }
  }
}
