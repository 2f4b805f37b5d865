import type { EmulatedRegion } from '../emulated-region.ts';
import type { Stream } from '../state/resources.ts';

/** A region in `GET /state`. */
export function regionView(region: EmulatedRegion, now: number) {
  const { faults, callCounts } = region.parts;
  const state = region.currentState();
  return {
    endpoint: state.messagesEndpoint,
    refusing: faults.listenerFault(now).refuse,
    streams: [...state.streams.values()].map(streamState),
    /** Counts of calls by operation and outcome. */
    calls: callCounts.view(),
  };
}

export type RegionView = ReturnType<typeof regionView>;

function streamState(stream: Stream) {
  const { id, name, compartmentId, streamPoolId, lifecycleState, retentionInHours, freeformTags } = stream;
  return {
    id,
    name,
    compartmentId,
    streamPoolId,
    lifecycleState,
    retentionInHours,
    freeformTags,
    partitions: stream.partitions.map((log, index) => ({
      partition: String(index),
      messages: log.count,
      bytes: log.bytes,
      nextOffset: log.nextOffset,
    })),
    groups: [...stream.groups.values()].map((group) => ({
      name: group.name,
      reservations: group
        .reservations()
        .map((reservation, index) => ({ partition: String(index), ...reservation })),
    })),
  };
}
