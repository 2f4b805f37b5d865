import type { LiveStream } from './live-stream.ts';

/** The free-form tags by which people, and the next `pulumi up`, know a stream that this stack made. */
export interface Marks {
  /** `project/stack`. */
  readonly 'oci-streaming-ha-stack': string;
  readonly 'oci-streaming-ha-role': StreamRole;
}

export type StreamRole = 'primary' | 'secondary';

export function marks(stack: string, role: StreamRole): Marks {
  return { 'oci-streaming-ha-stack': stack, 'oci-streaming-ha-role': role };
}

/** A stream of that name may also be another stack's, or the runtime's; only the mark tells. */
export function madeByStack(stream: LiveStream, stack: string): boolean {
  return stream.freeformTags['oci-streaming-ha-stack'] === stack;
}
