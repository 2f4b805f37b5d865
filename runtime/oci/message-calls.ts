import type { models, responses, StreamClient } from 'oci-streaming';

import type { GroupPosition, PartitionPosition, Reservation } from '../region.ts';
import type { ModelOperation } from './call.ts';
import type { Clean } from './foreign-text.ts';
import { queryValue } from './sdk.ts';

/** A call to the messages endpoint of a stream. */
type MessageCall<Answer, Result> = ModelOperation<StreamClient, Answer, Result>;

export function createGroupCursor(
  streamId: string,
  { group, instance, from, timeoutMs, commitOnGet }: GroupPosition,
): MessageCall<responses.CreateGroupCursorResponse, string> {
  return {
    type: 'model',
    name: 'CreateGroupCursor',
    ask: (client) => {
      const details: object = {
        ...start(from),
        groupName: group,
        instanceName: instance,
        timeoutInMs: timeoutMs,
        commitOnGet,
      };
      const createGroupCursorDetails = details as models.CreateGroupCursorDetails;
      return client.createGroupCursor({ streamId, createGroupCursorDetails });
    },
    read: ({ cursor }) => cursorValue(cursor),
  };
}

export function createCursor(
  streamId: string,
  partition: string,
  from: PartitionPosition,
): MessageCall<responses.CreateCursorResponse, string> {
  return {
    type: 'model',
    name: 'CreateCursor',
    ask: (client) => {
      const details: object = { partition, ...start(from) };
      return client.createCursor({ streamId, createCursorDetails: details as models.CreateCursorDetails });
    },
    read: ({ cursor }) => cursorValue(cursor),
  };
}

export function consumerCommit(
  streamId: string,
  cursor: string,
): MessageCall<responses.ConsumerCommitResponse, string> {
  return {
    type: 'model',
    name: 'ConsumerCommit',
    ask: (client) => client.consumerCommit({ streamId, cursor: queryValue(cursor) }),
    read: (answer) => cursorValue(answer.cursor),
  };
}

export function consumerHeartbeat(
  streamId: string,
  cursor: string,
): MessageCall<responses.ConsumerHeartbeatResponse, string> {
  return {
    type: 'model',
    name: 'ConsumerHeartbeat',
    ask: (client) => client.consumerHeartbeat({ streamId, cursor: queryValue(cursor) }),
    read: (answer) => cursorValue(answer.cursor),
  };
}

export function getGroup(
  streamId: string,
  groupName: string,
): MessageCall<responses.GetGroupResponse, readonly Reservation[]> {
  return {
    type: 'model',
    name: 'GetGroup',
    ask: (client) => client.getGroup({ streamId, groupName }),
    read: ({ group }, clean) => reservations(group, clean),
  };
}

export function updateGroup(
  streamId: string,
  groupName: string,
  to: GroupPosition['from'],
): MessageCall<responses.UpdateGroupResponse, null> {
  return {
    type: 'model',
    name: 'UpdateGroup',
    ask: (client) => client.updateGroup({ streamId, groupName, updateGroupDetails: start(to) }),
    read: () => null, // it has no body
  };
}

/** The SDK's enums have these very strings; naming their members would load the SDK here. */
function start(from: PartitionPosition): object {
  if (typeof from === 'string') return { type: from };
  if ('atOffset' in from) return { type: 'AT_OFFSET', offset: from.atOffset };
  if ('afterOffset' in from) return { type: 'AFTER_OFFSET', offset: from.afterOffset };
  const time = new Date(from.time);
  if (Number.isNaN(time.getTime())) throw new Error('the time to read from is not an RFC 3339 time');
  return { type: 'AT_TIME', time };
}

/** Text that may be a partition or a time of the service: short, no spaces, no control characters. */
function isWord(value: unknown): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > 64) return false;
  // Many of them are of one or two characters: a regular expression would take ten times as long.
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return true;
}

/** The word that `value` is: `last` when it is the same, so that one text is kept for both. */
export function wordOf(value: unknown, last: string | undefined): string | undefined {
  if (value === last) return last;
  return isWord(value) ? value : undefined;
}

export function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * Where a group stands. What stands in `committedOffset` before the first commit is unconfirmed (nothing, null or a negative
 * number): each of them says that nothing is committed.
 */
function reservations(group: unknown, clean: Clean): Reservation[] | undefined {
  const { reservations: given } = (group ?? {}) as { reservations?: unknown };
  if (!Array.isArray(given)) return undefined;
  const found: Reservation[] = [];
  for (const reservation of given as unknown[]) {
    const { partition, committedOffset, reservedInstance, timeReservedUntil } = (reservation ?? {}) as Record<
      string,
      unknown
    >;
    const offset = committedOffset ?? -1;
    if (!isWord(partition) || !Number.isSafeInteger(offset)) return undefined;
    found.push({
      partition,
      committedOffset: isOffset(offset) ? offset : undefined,
      instance:
        typeof reservedInstance === 'string' && reservedInstance !== '' ? clean(reservedInstance) : undefined,
      until: isWord(timeReservedUntil) ? timeReservedUntil : undefined,
    });
  }
  return found;
}

/** The `value` of a Cursor; undefined when there is none. */
function cursorValue(cursor: unknown): string | undefined {
  const { value } = (cursor ?? {}) as { value?: unknown };
  return typeof value === 'string' && value !== '' ? value : undefined;
}
