export { openAuth, type Auth } from './auth/index.ts';
export { nearestRegion } from './known-regions.ts';
export { openRegion } from './region.ts';
