import { newRequestIdParts, newUuid } from '../state/index.ts';

/** The answer's `opc-request-id`: the caller's own, or one for it, and what the service adds. */
export function requestIdFor(given: unknown, random: () => number): string {
  const own = typeof given === 'string' ? given : newUuid(random).replaceAll('-', '').toUpperCase();
  return `${own}/${newRequestIdParts(random)}`;
}
