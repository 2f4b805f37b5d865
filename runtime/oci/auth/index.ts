export type { Auth } from './auth.ts';
export { openAuth } from './open-auth.ts';
