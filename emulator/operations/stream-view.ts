import type { Resource, Stream } from '../state/index.ts';
import type { Context } from './operation.ts';

/** What every resource shows, in the service's form. */
export function resourceView(resource: Resource) {
  const { id, compartmentId, lifecycleState, timeCreated, freeformTags, definedTags } = resource;
  return {
    id,
    compartmentId,
    lifecycleState,
    timeCreated: new Date(timeCreated).toISOString(),
    freeformTags,
    definedTags,
  };
}

export function streamSummary({ region }: Context, stream: Stream) {
  return {
    ...resourceView(stream),
    name: stream.name,
    streamPoolId: stream.streamPoolId,
    partitions: stream.partitions.length,
    messagesEndpoint: region.messagesEndpoint,
  };
}

export function streamView(context: Context, stream: Stream) {
  const { retentionInHours, lifecycleStateDetails } = stream;
  return { ...streamSummary(context, stream), retentionInHours, lifecycleStateDetails };
}
