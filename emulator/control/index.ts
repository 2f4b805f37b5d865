export type { Verdict } from './check-ledger.ts';
export { controlHandler } from './control-handler.ts';
export type { EmulatorState } from './control-routes.ts';
export type { History } from './history.ts';
export type { LedgerEntry, LedgerFilter } from './ledger.ts';
export { handleOf, type WorldHandle } from './world-handle.ts';
