import { Region } from 'oci-common';
import { expect, test } from 'vitest';

import { nearestRegion, REGION_NAMES } from '../../../runtime/settings/known-names.ts';

test('C21: the known regions are those of the OCI SDK', () => {
  const known = [...Region.values()].map(({ regionId }) => regionId);
  expect([...REGION_NAMES].sort()).toEqual(known.sort());
});

test('C21: a mistyped name has a nearest one, a known or a quite different name has none', () => {
  expect(nearestRegion('sa-saopaolo-1')).toBe('sa-saopaulo-1');
  expect(nearestRegion('sa-vinedo-1')).toBe('sa-vinhedo-1');
  expect(nearestRegion('sa-vinhedo-1')).toBeUndefined();
  expect(nearestRegion('xx-elsewhere-in-the-world-9')).toBeUndefined();
});
