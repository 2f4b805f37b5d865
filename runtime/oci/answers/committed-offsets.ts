import type { Reservation } from '../../region.ts';

/**
 * Where a group stands, by partition; undefined when the answer is no group. Oracle's prose has the offset of the last
 * message delivered there. What stands there before the first commit is unconfirmed (nothing, null or a negative number):
 * each of them says that nothing is committed.
 */
export function committedOffsets(group: unknown): ReadonlyMap<string, number> | undefined {
  const { reservations } = (group ?? {}) as { reservations?: unknown };
  if (!Array.isArray(reservations)) return undefined;
  const offsets = new Map<string, number>();
  for (const reservation of reservations as unknown[]) {
    const { partition, committedOffset } = (reservation ?? {}) as Record<string, unknown>;
    if (typeof partition !== 'string' || !Number.isSafeInteger(committedOffset)) continue;
    if ((committedOffset as number) >= 0) offsets.set(partition, committedOffset as number);
  }
  return offsets;
}

/** Which member holds which partition; undefined when the answer is no group. */
export function reservations(group: unknown): readonly Reservation[] | undefined {
  const { reservations } = (group ?? {}) as { reservations?: unknown };
  if (!Array.isArray(reservations)) return undefined;
  return (reservations as unknown[]).flatMap((each): Reservation[] => {
    const { partition, reservedInstance, timeReservedUntil } = (each ?? {}) as Record<string, unknown>;
    if (typeof partition !== 'string' || typeof reservedInstance !== 'string') return [];
    const until = new Date(timeReservedUntil as string | Date);
    return Number.isNaN(until.getTime())
      ? []
      : [{ partition, instance: reservedInstance, until: until.toISOString() }];
  });
}
