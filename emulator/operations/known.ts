import type { ConnectHarness, StreamPool } from '../state/index.ts';
import type { Context } from './operation.ts';
import { refusal } from './service-error.ts';

/** The pool of a control-plane call, in whatever state it is. */
export function knownPool({ region }: Context, id: string): StreamPool {
  const pool = region.pools.get(id);
  if (pool === undefined) throw refusal.notFound();
  return pool;
}

/** The harness of a control-plane call, in whatever state it is. */
export function knownHarness({ region }: Context, id: string): ConnectHarness {
  const harness = region.harnesses.get(id);
  if (harness === undefined) throw refusal.notFound();
  return harness;
}
