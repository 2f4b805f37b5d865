export { newAuthority, type Certificate } from './certificate.ts';
export { fingerprintOf, makeConfigDirectory, type Identity } from './config-directory.ts';
export { newSessionToken, type SessionToken } from './session-token.ts';
export { expectRsaKey, newRsaKey } from './rsa-key.ts';
