export { newCertificate, type Certificate } from './certificate.ts';
export { fingerprintOf, makeConfigDirectory, type Identity } from './config-directory.ts';
export { expectRsaKey, newRsaKey } from './rsa-key.ts';
