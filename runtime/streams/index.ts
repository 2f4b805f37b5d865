export { findPrimary } from './find-primary.ts';
export { probe, PROBE_TIMEOUT_MS } from './probe.ts';
export { Provisioner, type Shape } from './provisioner.ts';
export { stillThere } from './still-there.ts';
