import { ConfigFileAuthenticationDetailsProvider } from 'oci-common';
import { models, StreamClient } from 'oci-streaming';

import type { Place } from '../emulated.ts';
import { batchSource, type Message, type Work } from '../work.ts';
import { READ_LIMIT, sideBySide, type OnRead, type Rival } from './rival.ts';

/**
 * Oracle's SDK as its documentation shows it. With one message a request, one after another, it is the Java program's
 * way: a call for each message, awaited.
 */
export async function open(place: Place, work: Work): Promise<Rival> {
  const authenticationDetailsProvider = new ConfigFileAuthenticationDetailsProvider(place.configFile);
  const client = new StreamClient({ authenticationDetailsProvider });
  client.endpoint = place.endpoint;
  const streamId = place.streamOcid;
  const nextBatch = batchSource(work);
  let groups = 0;

  const put = async (messages: readonly Message[]): Promise<number> => {
    const entries = messages.map(({ key, value }) => ({
      key: Buffer.from(key).toString('base64'),
      value: value.toString('base64'),
    }));
    const { putMessagesResult } = await client.putMessages({
      streamId,
      putMessagesDetails: { messages: entries },
    });
    if (putMessagesResult.failures > 0) throw new Error(`${putMessagesResult.failures} messages are refused`);
    return messages.length;
  };

  return {
    send: (message) => put([message]),
    put: (isOver) => sideBySide(isOver, () => put(nextBatch())),
    async read(onRead: OnRead) {
      const createGroupCursorDetails = {
        type: models.CreateGroupCursorDetails.Type.TrimHorizon,
        groupName: `plain-sdk-${process.pid}-${groups++}`,
        commitOnGet: true,
      };
      const made = await client.createGroupCursor({ streamId, createGroupCursorDetails });
      let cursor = made.cursor.value;
      for (;;) {
        const { items, opcNextCursor } = await client.getMessages({ streamId, cursor, limit: READ_LIMIT });
        let bytes = 0;
        for (const { value } of items) bytes += Buffer.from(value, 'base64').length;
        if (bytes > 0 && !(await onRead(items.length))) return;
        cursor = opcNextCursor;
      }
    },
    async [Symbol.asyncDispose]() {
      client.close();
    },
  };
}
