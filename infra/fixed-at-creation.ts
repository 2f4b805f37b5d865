import type { LiveStream } from './live-stream.ts';

/** What OCI fixes when it makes a stream: another value means another stream, and the messages of the first are gone. */
export interface FixedAtCreation {
  readonly partitions: number;
  readonly retentionInHours: number;
}

/**
 * What a change of partitions or retention would cost and how to do it on purpose; undefined when nothing changes.
 * A retention that was not seen counts as unchanged.
 */
export function replacementProblem(live: LiveStream, wanted: FixedAtCreation): string | undefined {
  const retention = live.retentionInHours ?? wanted.retentionInHours;
  if (live.partitions === wanted.partitions && retention === wanted.retentionInHours) return undefined;
  return [
    `${live.name} has partitions = ${live.partitions} and retentionInHours = ${retention}; the configuration asks for ${wanted.partitions} and ${wanted.retentionInHours}.`,
    `OCI fixes both when it makes a stream. A change would delete ${live.ocid} with every message in it, then make an empty one.`,
    `  To keep it: pulumi config set partitions ${live.partitions} && pulumi config set retentionInHours ${retention}`,
    '  To lose it on purpose: let the consumers read to the end; keep the old values and run `pulumi config set protect false && pulumi up`; then change the values and run `pulumi up` again.',
  ].join('\n');
}
