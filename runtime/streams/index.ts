export { locatePrimary } from './locate-primary.ts';
export { Provisioner, type Shape } from './provisioner.ts';
