export { seededRandom } from './chance.ts';
export { systemClock, type Clock, type MovableClock } from './clock.ts';
export type {
  EmulatorState,
  History,
  LedgerEntry,
  LedgerFilter,
  Verdict,
  WorldHandle,
} from './control/index.ts';
export { startEmulator, type Emulator } from './emulator.ts';
export { FaultRuleError, type FaultRule, type FaultStatus } from './faults/index.ts';
export type { Scenario } from './scenario/index.ts';
export { UsageError, type EmulatorOptions } from './options.ts';
