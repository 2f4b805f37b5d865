export { GrantError, parseGrant, type Grant } from './grants.ts';
export { NotAuthenticated, type SignedCall } from './signature.ts';
export { Users, type Signatures, type User } from './users.ts';
