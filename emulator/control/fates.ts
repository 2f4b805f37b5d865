import type { Receipt } from './history.ts';
import type { Taken } from './taken.ts';

/** Values of acknowledged messages that are not stored, by what became of them. */
export interface Fates {
  /** Stored nowhere, although retention cannot have taken it. */
  readonly lost: string[];
  /** Gone from its place, as is all that is older there: retention took it. */
  readonly expired: string[];
  /** Without a receipt, and gone: lost or taken by retention, nobody can tell. */
  readonly unknown: string[];
}

export function fatesOf(
  missing: readonly { readonly value: string; readonly receipt?: Receipt | undefined }[],
  taken: Taken,
): Fates {
  const fates: Fates = { lost: [], expired: [], unknown: [] };
  for (const { value, receipt } of missing) {
    if (receipt === undefined) fates[taken.nothing ? 'lost' : 'unknown'].push(value);
    else fates[taken.has(receipt) ? 'expired' : 'lost'].push(value);
  }
  return fates;
}
