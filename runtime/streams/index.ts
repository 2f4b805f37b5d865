export { findPrimary } from './find-primary.ts';
export { Provisioner, type Shape } from './provisioner.ts';
export { stillThere } from './still-there.ts';
