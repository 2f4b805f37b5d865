export {
  findPrimary,
  mayPass,
  Primary,
  primaryOf,
  primaryProblem,
  type FoundPrimary,
  type RememberedPrimary,
  type Shape,
} from './primary.ts';
export { probe, PROBE_TIMEOUT_MS } from './probe.ts';
export { Provisioner, remedyFor, type Located, type StandbyCheck } from './provisioner.ts';
export { AbsenceChecks } from './verify-absence.ts';
