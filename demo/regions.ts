/** A region as the story calls it. */
export interface Place {
  readonly region: string;
  readonly city: string;
}

export const PRIMARY: Place = Object.freeze({ region: 'sa-saopaulo-1', city: 'São Paulo' });
export const SECONDARY: Place = Object.freeze({ region: 'sa-vinhedo-1', city: 'Vinhedo' });

export function cityOf(region: string): string {
  return [PRIMARY, SECONDARY].find((place) => place.region === region)?.city ?? region;
}
