import type { RefuseEntry, RefuseRead } from '../operations/index.ts';

/** What takes the place of handling a call. */
export type Instead =
  | { readonly do: 'answer'; readonly status: number; readonly code: string; readonly message: string }
  | { readonly do: 'hang' }
  | { readonly do: 'reset' };

/** What is to go wrong with one call. */
export interface FaultPlan {
  readonly latencyMs: number;
  readonly clockSkewMs: number;
  readonly instead?: Instead | undefined;
  readonly refuseEntry?: RefuseEntry | undefined;
  readonly refuseRead?: RefuseRead | undefined;
  readonly retentionMs?: number | undefined;
  readonly creationEnds?: 'stuck' | 'failed' | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: { readonly text: string; readonly contentType: string } | undefined;
  readonly bodyBytesPerSecond?: number | undefined;
  readonly fewerEntries: number;
  readonly truncate?: number | undefined;
  readonly resetAfter: boolean;
  readonly resetAfterBytes?: number | undefined;
}

export const NO_FAULT: FaultPlan = Object.freeze({
  latencyMs: 0,
  clockSkewMs: 0,
  headers: {},
  fewerEntries: 0,
  resetAfter: false,
});
