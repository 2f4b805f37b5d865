import { checkedRules } from '../../../emulator/faults/fault-rule.ts';
import { RegionFaults } from '../../../emulator/faults/region-faults.ts';

export const call = {
  list: 'ListStreams',
  create: 'CreateStream',
  put: 'PutMessages',
  get: 'GetMessages',
} as const;

/** The faults of a region by these rules, and how often each was hit. */
export function bookOf(...rules: unknown[]) {
  const book = new RegionFaults(() => () => 0);
  book.set(checkedRules(rules), 0);
  const plan = (operation: (typeof call)[keyof typeof call]) => book.plan(operation, 0);
  return { book, plan, hits: () => book.list(0).map(({ hits }) => hits) };
}
