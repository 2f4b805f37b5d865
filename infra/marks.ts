import type { LiveStream } from './live-stream.ts';

export type StreamRole = 'primary' | 'secondary';

/** The free-form tags by which people, and the next `pulumi up`, know what this stack made. */
export function marks(stack: string): { [key: string]: string } {
  return { 'created-by': 'oci-streaming-ha', 'pulumi-stack': stack };
}

/** A stream of that name may also be another stack's, or the runtime's; only the mark tells. */
export function madeByStack(stream: LiveStream, stack: string): boolean {
  return stream.freeformTags['pulumi-stack'] === stack;
}

/** Names of policies and topics are unique in the tenancy: `oci-streaming-ha-dev-access`. */
export const nameInTenancy = (stack: string, what: string): string => `${stack.replaceAll('/', '-')}-${what}`;
