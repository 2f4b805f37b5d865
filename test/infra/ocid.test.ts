import { expect, test } from 'vitest';
import { compartmentProblem, ocidParts } from '../../infra/ocid.ts';

test.each([
  ['ocid1.stream.oc1.sa-vinhedo-1.amaaaaaab', { kind: 'stream', region: 'sa-vinhedo-1' }],
  ['ocid1.stream.oc1.iad.amaaaaaab', { kind: 'stream', region: 'iad' }],
  ['ocid1.compartment.oc1..aaaaaaaab', { kind: 'compartment', region: '' }],
  ['ocid1.stream.oc1.sa-vinhedo-1.future.amaaaaaab', { kind: 'stream', region: 'sa-vinhedo-1' }],
  ['OCI-PRIMARY-STREAM', undefined],
])('J6: the kind and the region of %s', (text, parts) => {
  expect(ocidParts(text)).toEqual(parts);
});

test('J6: a compartment, or a tenancy as its root compartment, can hold the streams', () => {
  expect(compartmentProblem('ocid1.compartment.oc1..aaaaaaaab')).toBeUndefined();
  expect(compartmentProblem('ocid1.tenancy.oc1..aaaaaaaab')).toBeUndefined();
});

test.each([
  ['', 'is not set'],
  ['ocid1.compartment.oc1..<unique_ID>', 'is the placeholder of the example'],
  ['ocid1.compartment.oc1..xxxxxxxx', 'is the placeholder of the example'],
  ['my-compartment', 'is not an OCID'],
  ['ocid1.user.oc1..aaaaaaaab', 'is the OCID of a user'],
])('J6: the compartment "%s" is refused with the way to find one', (text, problem) => {
  expect(compartmentProblem(text)).toContain(problem);
  expect(compartmentProblem(text)).toContain('Console: Identity & Security > Compartments');
});
