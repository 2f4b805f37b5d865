import type { models } from 'oci-streaming';

import type { NewStream } from '../../region.ts';

/** With a compartment and no pool the stream joins the compartment's default pool, which is made on demand. */
export function createStreamDetails(wanted: NewStream): models.CreateStreamDetails {
  const { name, partitions, retentionInHours, compartmentId, tags } = wanted;
  return { name, partitions, retentionInHours, compartmentId, freeformTags: { ...tags } };
}
