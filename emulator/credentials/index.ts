export { fingerprintOf, writeConfigDirectory, type Identity } from './config-directory.ts';
export { newRsaKey } from './rsa-key.ts';
