import { backlog } from './backlog.ts';
import { both } from './both.ts';
import { failover } from './failover.ts';
import { get, prefetch } from './get.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import type { Part } from './part.ts';
import { outbox } from './outbox.ts';
import { pipe } from './pipe.ts';
import { profile } from './profile.ts';
import { put } from './put.ts';
import { simulator } from './simulator.ts';
import { startUp } from './start-up.ts';

/** In the order in which they run. */
export const PARTS: Readonly<Record<string, Part>> = {
  put,
  get,
  both,
  prefetch,
  latency,
  'start-up': startUp,
  pipe,
  outbox,
  backlog,
  failover,
  memory,
  simulator,
  profile,
};
