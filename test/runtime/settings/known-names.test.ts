import { Region } from 'oci-common';
import { expect, test } from 'vitest';

import { isRegionOfKnownCity, nearestName, REGION_NAMES } from '../../../runtime/settings/known-names.ts';

test('C21: the known regions are those of the OCI SDK', () => {
  const known = [...Region.values()].map(({ regionId }) => regionId);
  expect([...REGION_NAMES].sort()).toEqual(known.sort());
});

test('C21: a mistyped name has a nearest one, whatever the case of its letters; a quite different name has none', () => {
  const nearestRegion = (name: string): string | undefined => nearestName(name, REGION_NAMES);
  expect(nearestRegion('sa-saopaolo-1')).toBe('sa-saopaulo-1');
  expect(nearestRegion('sa-vinedo-1')).toBe('sa-vinhedo-1');
  expect(nearestRegion('SA-VINHEDO-1')).toBe('sa-vinhedo-1');
  expect(nearestRegion('xx-elsewhere-in-the-world-9')).toBeUndefined();
});

test('C21: another region of a known city may be one that was added since', () => {
  expect(isRegionOfKnownCity('sa-vinhedo-1')).toBe(true);
  expect(isRegionOfKnownCity('sa-vinhedo-2')).toBe(true);
  expect(isRegionOfKnownCity('sa-vinedo-1')).toBe(false);
});
