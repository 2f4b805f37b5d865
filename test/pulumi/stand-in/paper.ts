import { randomUUID } from 'node:crypto';
import type { Kind } from './kind.ts';

/**
 * A resource that exists on paper only: the emulator has no identity, monitoring or notification service, so the
 * engine's state is all there is of it. Its inputs and its place in the plan are still the engine's to check.
 *
 * @param ocidKind the second part of its OCID: `policy`, `alarm`, …
 * @param fixed as in {@link Kind}
 */
export function paper(ocidKind: string, fixed: readonly string[]): Kind {
  return {
    fixed,
    create: async (inputs) => {
      const id = `ocid1.${ocidKind}.oc1..${randomUUID().replaceAll('-', '')}`;
      return { id, state: { ...inputs, state: 'ACTIVE' } };
    },
    read: async (_id, state) => ({ inputs: state, state }),
    update: async (_id, inputs) => ({ ...inputs, state: 'ACTIVE' }),
    delete: async () => {},
  };
}
