import { expect, test } from 'vitest';
import { seededRandom } from '../../../emulator/random.ts';
import {
  newEtag,
  newGlobalOcid,
  newLabel,
  newOcid,
  newRequestIdParts,
  newUuid,
} from '../../../emulator/state/identifier.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}';

test.each([
  [
    'an OCID',
    () => newOcid('stream', 'sa-saopaulo-1', seededRandom(1)),
    /^ocid1\.stream\.oc1\.sa-saopaulo-1\.amaaaaaa[a-z2-7]{52}$/,
  ],
  [
    'an OCID without a region',
    () => newGlobalOcid('user', seededRandom(1)),
    /^ocid1\.user\.oc1\.\.aaaaaaaa[a-z2-7]{52}$/,
  ],
  ['the label of a private pool', () => newLabel(seededRandom(1)), /^[a-z2-7]{12}$/],
  ['a UUID', () => newUuid(seededRandom(1)), new RegExp(`^${UUID}$`)],
  ['an etag', () => newEtag(seededRandom(1)), new RegExp(`^"${UUID}-${UUID}"$`)],
  ['the parts of a request id', () => newRequestIdParts(seededRandom(1)), /^[0-9A-F]{32}\/[0-9A-F]{32}$/],
])('%s has the form of the service, and follows from the seed', (_, make, form) => {
  expect(make()).toMatch(form);
  expect(make()).toBe(make());
});
