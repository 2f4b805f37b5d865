export { controlHandler } from './control-handler.ts';
export { allFaults, ledgerOf, regionNamed, stateOf, type EmulatorState } from './control-routes.ts';
export type { LedgerEntry, LedgerFilter } from './ledger.ts';
export type { World } from './world.ts';
