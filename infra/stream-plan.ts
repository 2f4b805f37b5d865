import type { Configuration } from './configuration.ts';
import { marks, type StreamRole } from './marks.ts';

export interface StreamPlan {
  readonly role: StreamRole;
  readonly region: string;
  readonly name: string;
  readonly partitions: number;
  readonly retentionInHours: number;
  /** OCI takes one of the two. */
  readonly place: { readonly compartmentId: string } | { readonly streamPoolId: string };
  readonly freeformTags: Readonly<{ [key: string]: string }>;
  readonly protect: boolean;
  /** Take this stream, which somebody else made, into the stack; leave it where it is when the stack goes. */
  readonly adopt?: string;
  /** Change nothing about a stream that exists: it is not ours to change, or it cannot be seen now. */
  readonly leaveAsIs: boolean;
}

/** The stream of a role as the configuration wants it. Pools are regional, so only the primary can be in a named one. */
export function streamPlan(configuration: Configuration, stack: string, role: StreamRole): StreamPlan {
  const { compartmentId, streamPoolId, partitions, retentionInHours, protect } = configuration;
  const isPrimary = role === 'primary';
  return {
    role,
    region: isPrimary ? configuration.primaryRegion : configuration.secondaryRegion,
    name: isPrimary ? configuration.streamName : configuration.secondaryStreamName,
    partitions,
    retentionInHours,
    place: isPrimary && streamPoolId !== undefined ? { streamPoolId } : { compartmentId },
    freeformTags: { ...configuration.tags, ...marks(stack) },
    protect,
    leaveAsIs: false,
  };
}
