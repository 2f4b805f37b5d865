import { models } from 'oci-streaming';
import { see, type World } from './seeing.ts';
import { entry } from './walk-data.ts';

/** Whom the emulator refuses, and when it has had enough. */
export async function walkRefusals(world: World, streamId: string): Promise<void> {
  const { admin, data, adminOf, dataOf, given, fault, advance } = world;
  await see('call with another key', adminOf('FORGER').getStream({ streamId }));
  await see('call with an unknown key', adminOf('STRANGER').getStream({ streamId }));
  await fault({ operation: 'GetStream', clockSkewMs: 600_000, count: 1 });
  await see('call with a clock that is wrong', admin.getStream({ streamId }));

  const putMessagesDetails = { messages: [entry(null, 'x')] };
  await see('read as a reader', adminOf('READER').getStream({ streamId }));
  await see('put as a reader', dataOf('READER').putMessages({ streamId, putMessagesDetails }));
  await see('put with another key', dataOf('FORGER').putMessages({ streamId, putMessagesDetails }));
  const unknown = { streamId: given['unknownStreamId']! };
  await see('get what is not there', admin.getStream(unknown));
  await see('put to what is not there', data.putMessages({ ...unknown, putMessagesDetails }));
  await fault({ status: 503, count: 1 });
  await see('call while the service is away', admin.getStream({ streamId }));

  const createCursorDetails = { partition: '0', type: models.CreateCursorDetails.Type.TrimHorizon };
  const { cursor } = await data.createCursor({ streamId, createCursorDetails });
  const read = { streamId, cursor: cursor.value, limit: 1 };
  await advance(5);
  for (let time = 0; time < 5; time++) await data.getMessages(read);
  await see('read a sixth time in a second', data.getMessages(read));
}
