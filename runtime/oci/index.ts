export { openAuth, type Auth } from './auth/index.ts';
export { openRegion } from './open-region.ts';
export { PERMISSIONS, type Operation } from './permissions.ts';
export type { RegionOptions } from './region-options.ts';
