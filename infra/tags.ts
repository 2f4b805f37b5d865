export type StreamRole = 'primary' | 'secondary';

type Tags = Readonly<{ [key: string]: string }>;

/** The free-form tags that show people, and the next `pulumi up`, which stack created a resource. */
export function stackTags(stack: string): { [key: string]: string } {
  return { 'created-by': 'oci-streaming-ha', 'pulumi-stack': stack };
}

/** The stack that created a resource; undefined if the runtime or a person did. */
export function stackOf(tags: Tags): string | undefined {
  return tags['pulumi-stack'];
}

/** Names of policies, pools and topics are unique in the tenancy: `oci-streaming-ha-dev-streams-access`. */
export const nameInTenancy = (stack: string, what: string): string => `${stack.replaceAll('/', '-')}-${what}`;
