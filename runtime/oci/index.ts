export { openAuth, type Auth } from './auth/index.ts';
export { openRegion, type RegionOptions } from './open-region.ts';
export { PERMISSIONS, type Operation } from './permissions.ts';
