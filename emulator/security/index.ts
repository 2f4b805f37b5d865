export { GrantError, parseGrant, type Grant } from './grants.ts';
export { NotAuthenticated } from './signature.ts';
export { Users, type Signatures } from './users.ts';
