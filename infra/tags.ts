export type StreamRole = 'primary' | 'secondary';

type Tags = Readonly<{ [key: string]: string }>;

/** The free-form tags by which people, and the next `pulumi up`, know what this stack made. */
export function stackTags(stack: string): { [key: string]: string } {
  return { 'created-by': 'oci-streaming-ha', 'pulumi-stack': stack };
}

/** Which stack made a resource; undefined for what the runtime or a person made. */
export function stackOf(tags: Tags): string | undefined {
  return tags['pulumi-stack'];
}

/** Names of policies, pools and topics are unique in the tenancy: `oci-streaming-ha-dev-streams-access`. */
export const nameInTenancy = (stack: string, what: string): string => `${stack.replaceAll('/', '-')}-${what}`;
