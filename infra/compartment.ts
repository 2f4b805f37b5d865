import { ocidParts } from './ocid.ts';

/** The unique part of a real OCID is lower-case letters and digits; an example says so in words or in capitals. */
const placeholder = /[<>A-Z]|replace|your-|placeholder|x{6,}/;

/**
 * What is wrong with a compartment OCID, as the end of a sentence that begins with key and value; undefined when
 * nothing is. A tenancy is its own root compartment, so its OCID is allowed.
 */
export function compartmentProblem(ocid: string): string | undefined {
  const remedy =
    'Give the OCID of the compartment that is to hold the streams (Console: Identity & Security > Compartments)';
  if (ocid === '') return `is not set. ${remedy}: pulumi config set compartmentId ocid1.compartment.oc1..…`;
  if (placeholder.test(ocid)) return `is the placeholder of the example, not a compartment. ${remedy}`;
  const parts = ocidParts(ocid);
  if (!parts) return `is not an OCID; allowed is ocid1.compartment.<realm>..<unique part>. ${remedy}`;
  if (parts.kind === 'compartment' || parts.kind === 'tenancy') return undefined;
  return `is the OCID of a ${parts.kind}; allowed is ocid1.compartment.… or ocid1.tenancy.…. ${remedy}`;
}
