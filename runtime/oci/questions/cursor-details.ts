import type { models } from 'oci-streaming';

import type { GroupPosition, PartitionStart } from '../../region.ts';

export function groupCursorDetails(group: GroupPosition): models.CreateGroupCursorDetails {
  const details: object = {
    ...start(group.from),
    groupName: group.group,
    instanceName: group.instance,
    timeoutInMs: group.timeoutMs,
    commitOnGet: group.commitOnGet,
  };
  return details as models.CreateGroupCursorDetails;
}

export function updateGroupDetails(to: GroupPosition['from']): models.UpdateGroupDetails {
  return start(to);
}

export function oldestCursorDetails(partition: string): models.CreateCursorDetails {
  const details: object = { partition, ...start('TRIM_HORIZON') };
  return details as models.CreateCursorDetails;
}

export function partitionCursorDetails(partition: string, from: PartitionStart): models.CreateCursorDetails {
  const details: object = { partition, ...partitionStart(from) };
  return details as models.CreateCursorDetails;
}

function partitionStart(from: PartitionStart): object {
  if (typeof from === 'string' || 'time' in from) return start(from);
  if ('offset' in from) return { type: 'AT_OFFSET', offset: from.offset };
  return { type: 'AFTER_OFFSET', offset: from.afterOffset };
}

/** The SDK's enums have these very strings; naming their members would load the SDK here. */
function start(from: GroupPosition['from']): object {
  return typeof from === 'string' ? { type: from } : { type: 'AT_TIME', time: new Date(from.time) };
}
