import type { AccessConfiguration, Configuration } from './configuration.ts';
import { nameInTenancy } from './marks.ts';

export interface AccessPlan {
  readonly name: string;
  readonly homeRegion: string;
  readonly compartmentId: string;
  readonly principals: AccessConfiguration;
  /** `vcp` for sa-vinhedo-1: where the runtime may have to make the secondary. */
  readonly secondaryRegionKey: string;
}

export function planAccess(
  { access, compartmentId, primaryRegion }: Configuration,
  stack: string,
  secondaryRegionKey: string,
): AccessPlan | undefined {
  if (!access) return undefined;
  const homeRegion = access.homeRegion ?? primaryRegion;
  return {
    name: nameInTenancy(stack, 'access'),
    homeRegion,
    compartmentId,
    principals: access,
    secondaryRegionKey,
  };
}
