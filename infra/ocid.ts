/** What an OCID says about itself. Oracle calls OCIDs opaque: use the parts as a hint, the service's answer as truth. */
export interface OcidParts {
  /** `compartment`, `tenancy`, `stream`, `streampool`, … */
  readonly kind: string;
  /** A region identifier, a region key for the oldest regions (`iad`, `phx`), or empty for what belongs to no region. */
  readonly region: string;
}

/**
 * `ocid1.<kind>.<realm>.<region>.<unique>`, with an optional part for the future before the last.
 * Source: docs.oracle.com/iaas/Content/General/Concepts/identifiers.htm.
 */
const form = /^ocid1\.([a-z0-9]+)\.[a-z0-9-]+\.([a-z0-9-]*)\.(?:[^.\s]*\.)?[^.\s]+$/;

export function ocidParts(text: string): OcidParts | undefined {
  const match = form.exec(text);
  return match ? { kind: match[1] ?? '', region: match[2] ?? '' } : undefined;
}
