/** The parts of an OCID. Oracle calls OCIDs opaque: the parts are a hint, only the service's answer is certain. */
export interface OcidParts {
  /** `compartment`, `tenancy`, `stream`, `streampool`, … */
  readonly kind: string;
  /**
   * A region identifier, a region key in the oldest regions (`iad`, `phx`), or empty for a resource without a region.
   */
  readonly region: string;
}

/**
 * `ocid1.<kind>.<realm>.<region>.<unique>`; a part reserved for the future may precede the last. Source:
 * docs.oracle.com/iaas/Content/General/Concepts/identifiers.htm.
 */
const form = /^ocid1\.([a-z0-9]+)\.[a-z0-9-]+\.([a-z0-9-]*)\.(?:[^.\s]*\.)?[^.\s]+$/;

export function ocidParts(text: string): OcidParts | undefined {
  const match = form.exec(text);
  return match ? { kind: match[1] ?? '', region: match[2] ?? '' } : undefined;
}

/** The unique part of a real OCID is lower-case letters and digits; that of an example has words or capitals. */
const placeholder = /[<>A-Z]|replace|your-|placeholder|x{6,}/;

/**
 * The problem of a compartment's OCID, as a predicate after key and value; undefined when there is none. A tenancy is
 * its own root compartment, so its OCID is allowed.
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
