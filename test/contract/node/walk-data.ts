import { models } from 'oci-streaming';
import { see, type World } from './seeing.ts';

const { Type } = models.CreateCursorDetails;
const NO_CURSOR = 'bm90LWEtY3Vyc29y';

export function entry(key: string | null, value: string): models.PutMessagesDetailsEntry {
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  return { value: encoded(value), ...(key === null ? {} : { key: encoded(key) }) };
}

function putTo({ data }: World, streamId: string) {
  return (step: string, ...messages: models.PutMessagesDetailsEntry[]) =>
    see(step, data.putMessages({ streamId, putMessagesDetails: { messages } }));
}

export async function walkMessages(world: World, streamId: string): Promise<void> {
  const { data, advance } = world;
  const messages = [entry('ana', '1'), entry(null, '2'), entry('ana', '3')];
  const { putMessagesResult } = await putTo(world, streamId)('put messages', ...messages);
  const stored = putMessagesResult.entries;
  const [partition, first] = [stored[0]!.partition!, stored[0]!.offset!];
  const cursor = async (step: string, details: Omit<models.CreateCursorDetails, 'partition'>) => {
    const createCursorDetails = { partition, ...details };
    return (await see(step, data.createCursor({ streamId, createCursorDetails })))?.cursor.value;
  };
  const read = async (step: string, from: string, limit?: number) => {
    const request = { streamId, cursor: from, ...(limit === undefined ? {} : { limit }) };
    return (await see(step, data.getMessages(request)))?.opcNextCursor;
  };

  const oldest = await cursor('a cursor at the oldest', { type: Type.TrimHorizon });
  const second = await read('read one message', oldest, 1);
  const third = await read('read on', second);
  await read('read what is not there yet', third);
  await advance(1);
  const at = await cursor('a cursor at an offset', { type: Type.AtOffset, offset: first });
  await read('read from an offset', at, 1);
  const after = await cursor('a cursor after an offset', { type: Type.AfterOffset, offset: first });
  await read('read after an offset', after);
  const begin = new Date('2020-01-01T00:00:00Z');
  await read('read from a time', await cursor('a cursor at a time', { type: Type.AtTime, time: begin }));
  const latest = await cursor('a cursor at the end', { type: Type.Latest });
  await read('read from the end', latest);
  await cursor('a cursor at no offset', { type: Type.AtOffset, offset: stored[2]!.offset! + 1000 });
  await advance(5 * 60 + 1);
  await read('read with an expired cursor', latest);
  await read('read with a cursor that is none', NO_CURSOR);
}

export async function walkSizes(world: World, streamId: string): Promise<void> {
  const put = putTo(world, streamId);
  const mebibyte = 1024 * 1024;
  await put('put 1 MiB', entry(null, 'x'.repeat(mebibyte)));
  await put('put more than 1 MiB', entry(null, 'x'.repeat(mebibyte + 1)));
  await put('put a key of 257 bytes', entry('k'.repeat(257), 'x'));
  await world.advance(5);
  const busy = ['x'.repeat(600_000), 'x'.repeat(400_000), 'late'];
  await put('put more than a partition takes', ...busy.map((value) => entry('busy', value)));
  await world.advance(5);
}

export async function walkGroups(world: World, streamId: string): Promise<void> {
  const { data, advance } = world;
  const cursorOf = async (step: string, instanceName: string) => {
    const createGroupCursorDetails = {
      type: models.CreateGroupCursorDetails.Type.TrimHorizon,
      groupName: 'readers',
      instanceName,
      timeoutInMs: 30_000,
      commitOnGet: false,
    };
    return (await see(step, data.createGroupCursor({ streamId, createGroupCursorDetails }))).cursor.value;
  };
  const readOne = async (step: string, cursor: string) =>
    (await see(step, data.getMessages({ streamId, cursor, limit: 1 }))).opcNextCursor;
  const group = { streamId, groupName: 'readers' };

  const two = [entry('ana', 'for the group'), entry('ana', 'for the group too')];
  await putTo(world, streamId)('put two for the group', ...two);
  const delivered = await readOne('read in a group', await cursorOf("a group's cursor", 'one'));
  await see('get the group before a commit', data.getGroup(group));
  const alive = await see('heartbeat', data.consumerHeartbeat({ streamId, cursor: delivered }));
  const committed = await see('commit', data.consumerCommit({ streamId, cursor: alive.cursor.value }));
  await see('get the group after the commit', data.getGroup(group));
  await readOne('read on in the group', committed.cursor.value);
  await see('get a group that is none', data.getGroup({ streamId, groupName: 'nobody' }));
  await see('heartbeat with a cursor that is none', data.consumerHeartbeat({ streamId, cursor: NO_CURSOR }));

  const updateGroupDetails = { type: models.UpdateGroupDetails.Type.TrimHorizon };
  await see('take the group back', data.updateGroup({ ...group, updateGroupDetails }));
  await see('get the group that was taken back', data.getGroup(group));
  const again = await readOne('read again', committed.cursor.value);
  await advance(31);
  await readOne('read as another instance', await cursorOf("another's cursor", 'two'));
  await see('commit what was lost', data.consumerCommit({ streamId, cursor: again }));
  await walkPlainGroup(data, streamId);
}

/** A group with nothing said that need not be said. */
async function walkPlainGroup(data: World['data'], streamId: string): Promise<void> {
  const group = { streamId, groupName: 'plain' };
  const createGroupCursorDetails = {
    type: models.CreateGroupCursorDetails.Type.TrimHorizon,
    groupName: 'plain',
  };
  const first = await see(
    "a plain group's cursor",
    data.createGroupCursor({ streamId, createGroupCursorDetails }),
  );
  const read = { streamId, cursor: first.cursor.value, limit: 1 };
  const { opcNextCursor: cursor } = await see('read in the plain group', data.getMessages(read));
  await see('get the plain group', data.getGroup(group));
  await see('read on in the plain group', data.getMessages({ ...read, cursor }));
  await see('get the plain group after the next read', data.getGroup(group));
}
