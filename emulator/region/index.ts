export { EmulatedRegion, type RegionPlace } from './emulated-region.ts';
