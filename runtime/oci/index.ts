export { openAuth, type Auth } from './auth/index.ts';
export { openRegion } from './region.ts';
