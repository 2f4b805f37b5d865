export { newCertificates } from './certificates.ts';
export { EmulatedRegion } from './emulated-region.ts';
