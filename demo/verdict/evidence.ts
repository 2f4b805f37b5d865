import type { Happening, LedgerEntry, Receipt, Received, Sent } from '../journal/index.ts';

/** All that a verdict is computed from; nothing of it is what a program says of itself but its receipts. */
export interface Evidence {
  /** What was handed to the producer, in that order. */
  readonly sent: readonly Sent[];
  readonly receipts: readonly Receipt[];
  /** What the regions hold, in the order of offsets. */
  readonly ledger: readonly LedgerEntry[];
  /** What the consumer printed, in that order. */
  readonly received: readonly Received[];
  readonly happenings: readonly Happening[];
}
