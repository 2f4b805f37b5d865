import type { models } from 'oci-streaming';

import type { GroupPosition } from '../../region.ts';

export function groupCursorDetails(group: GroupPosition): models.CreateGroupCursorDetails {
  const { from } = group;
  const start = typeof from === 'string' ? { type: from } : { type: 'AT_TIME', time: new Date(from.time) };
  const details: object = {
    ...start,
    groupName: group.group,
    instanceName: group.instance,
    timeoutInMs: group.timeoutMs,
    commitOnGet: group.commitOnGet,
  };
  // The SDK's enum has these very strings; naming its members would load the SDK here.
  return details as models.CreateGroupCursorDetails;
}
