import { positionOf } from '../journal/index.ts';
import { PRIMARY } from '../places.ts';
import type { Evidence } from './evidence.ts';

/** How many messages lay in the primary while it was down, and were received from it once it had healed. */
export function stranded({
  happenings,
  ledger,
  received,
}: Pick<Evidence, 'happenings' | 'ledger' | 'received'>): number {
  const healed = happenings.findLast(({ type }) => type === 'healed');
  if (healed === undefined) return 0;
  const before = ledger.filter(({ region, at }) => region === PRIMARY.region && at < healed.at);
  const lying = new Set(before.map(positionOf));
  const readBefore = received.filter(({ at }) => at < healed.at).map(positionOf);
  for (const position of readBefore) lying.delete(position);
  const readSince = new Set(received.map(positionOf));
  return [...lying].filter((position) => readSince.has(position)).length;
}
