import { Region } from 'oci-common/lib/region.js';

import { isRegionOfKnownCity, nearestName, REGION_NAMES } from '../runtime/settings/known-names.ts';

/** The known region that this one is most likely a mistyped form of. Names that are like no other may be private or new. */
export function mistypedFor(region: string): string | undefined {
  // Those that a user has described to the SDK count as known.
  if (isRegionOfKnownCity(region) || Region.fromRegionId(region) !== undefined) return undefined;
  return nearestName(region, REGION_NAMES);
}

/**
 * The key of a region (`vcp` for sa-vinhedo-1), which `request.region` in a policy needs.
 *
 * @throws Error when the SDK does not know the region
 */
export function regionKey(region: string): string {
  const key = Region.fromRegionId(region)?.regionCode;
  if (key !== undefined) return key;
  throw new Error(
    `The key of the region ${region} is needed for the access policies, and this version of oci-common does not know it. Describe the region in ~/.oci/regions-config.json or OCI_REGION_METADATA, or update oci-common.`,
  );
}
