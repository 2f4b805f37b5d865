/** A region and the city that the demo calls it by. */
export interface DemoRegion {
  readonly region: string;
  readonly city: string;
}

export const PRIMARY: DemoRegion = Object.freeze({ region: 'sa-saopaulo-1', city: 'São Paulo' });
export const SECONDARY: DemoRegion = Object.freeze({ region: 'sa-vinhedo-1', city: 'Vinhedo' });

export function cityOf(region: string): string {
  return [PRIMARY, SECONDARY].find((place) => place.region === region)?.city ?? region;
}
