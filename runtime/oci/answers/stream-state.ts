import type { LifecycleState, StreamState } from '../../region.ts';

const STATES: readonly string[] = ['CREATING', 'ACTIVE', 'DELETING', 'DELETED', 'FAILED', 'UPDATING'];

/**
 * A Stream (or StreamSummary, which has no retention); undefined when it lacks what identifies it. The endpoint may be
 * empty: a stream that is not ACTIVE need not have one yet.
 */
export function streamState(region: string, stream: unknown): StreamState | undefined {
  const given = (stream ?? {}) as Record<string, unknown>;
  const { id, name, partitions, lifecycleState } = given;
  if (typeof id !== 'string' || id === '' || typeof name !== 'string') return undefined;
  if (typeof lifecycleState !== 'string' || !Number.isSafeInteger(partitions)) return undefined;
  const hours = given['retentionInHours'];
  return {
    region,
    ocid: id,
    endpoint: textOr(given['messagesEndpoint'], ''),
    name,
    state: (STATES.includes(lifecycleState) ? lifecycleState : 'UNKNOWN') as LifecycleState,
    partitions: partitions as number,
    ...(Number.isSafeInteger(hours) ? { retentionInHours: hours as number } : {}),
    compartmentId: textOr(given['compartmentId'], ''),
    streamPoolId: textOr(given['streamPoolId'], ''),
    tags: (given['freeformTags'] ?? {}) as Record<string, string>,
  };
}

/** Every stream of a listing; undefined when one of them cannot be read: a name that is missed may be created twice. */
export function streamStates(region: string, streams: unknown): StreamState[] | undefined {
  if (!Array.isArray(streams)) return undefined;
  const states = (streams as unknown[]).map((stream) => streamState(region, stream));
  return states.every((state) => state !== undefined) ? states : undefined;
}

function textOr(given: unknown, otherwise: string): string {
  return typeof given === 'string' ? given : otherwise;
}
