export { newCertificates, type Certificates } from './certificates.ts';
export { EmulatedRegion, type Surroundings } from './emulated-region.ts';
