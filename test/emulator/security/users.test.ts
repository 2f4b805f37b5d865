import common from 'oci-common';
import { StreamAdminClient, StreamClient } from 'oci-streaming';
import { expect, test } from 'vitest';
import { startEmulator, systemClock } from '../../../emulator/index.ts';
import { activeStream, base64, openBench } from '../client.ts';

const LIST_POOLS = '/streampools?compartmentId=c';
test('unsigned calls pass only where signatures are not required', async () => {
  for (const [signatures, status] of [
    ['required', 401],
    ['checked', 200],
    ['ignored', 200],
  ] as const) {
    await using emulator = await startEmulator({ signatures });
    const url = `${Object.values(emulator.regions)[0]}/20180418${LIST_POOLS}`;
    expect([signatures, (await fetch(url)).status]).toEqual([signatures, status]);
  }
});

test('who may do everything in one compartment makes and moves nothing into another', async () => {
  await using bench = await openBench({ users: { owner: ['manage stream-family in compartment mine'] } });
  const authenticationDetailsProvider = new common.ConfigFileAuthenticationDetailsProvider(
    bench.emulator.configFile,
    'owner',
  );
  const settings = { retryConfiguration: common.NoRetryConfigurationDetails };
  const admin = new StreamAdminClient({ authenticationDetailsProvider }, settings);
  admin.endpoint = bench.emulator.regions[bench.region]!;
  const details = { name: 'a', partitions: 1 };
  const { stream } = await admin.createStream({ createStreamDetails: { ...details, compartmentId: 'mine' } });
  const theirs = await activeStream(bench, { compartmentId: 'theirs' });
  const absent = { statusCode: 404, serviceCode: 'NotAuthorizedOrNotFound' };
  await expect(
    admin.createStream({ createStreamDetails: { ...details, compartmentId: 'theirs' } }),
  ).rejects.toMatchObject(absent);
  await expect(
    admin.changeStreamCompartment({
      streamId: stream.id,
      changeStreamCompartmentDetails: { compartmentId: 'theirs' },
    }),
  ).rejects.toMatchObject(absent);
  await expect(
    admin.updateStream({
      streamId: stream.id,
      updateStreamDetails: { streamPoolId: theirs.streamPoolId },
    }),
  ).rejects.toMatchObject(absent);
  admin.close();
});

test('a session token is taken for its user until it expires', async () => {
  let passed = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + passed };
  await using bench = await openBench({ signatures: 'required', clock, users: { reader: ['read streams'] } });
  const { id } = await activeStream(bench);
  const authenticationDetailsProvider = new common.SessionAuthDetailProvider(
    bench.emulator.configFile,
    'reader_SESSION',
  );
  expect(await authenticationDetailsProvider.getKeyId()).toMatch(/^ST\$/);
  const admin = new StreamAdminClient(
    { authenticationDetailsProvider },
    { retryConfiguration: common.NoRetryConfigurationDetails },
  );
  admin.endpoint = bench.emulator.regions[bench.region]!;
  expect((await admin.getStream({ streamId: id })).stream.id).toBe(id);
  await expect(admin.deleteStream({ streamId: id })).rejects.toMatchObject({ statusCode: 404 });
  passed = 24 * 3_600_000;
  await expect(admin.getStream({ streamId: id })).rejects.toMatchObject({
    statusCode: 401,
    serviceCode: 'NotAuthenticated',
    message: 'The session token has expired.',
  });
  admin.close();
});

test('a user may do what its grants say, and gets a 404 for the rest', async () => {
  await using bench = await openBench({
    users: { writer: ['use stream-push', 'read streams in compartment elsewhere'] },
  });
  const { id } = await activeStream(bench);
  const authenticationDetailsProvider = new common.ConfigFileAuthenticationDetailsProvider(
    bench.emulator.configFile,
    'writer',
  );
  const settings = { retryConfiguration: common.NoRetryConfigurationDetails };
  const data = new StreamClient({ authenticationDetailsProvider }, settings);
  const admin = new StreamAdminClient({ authenticationDetailsProvider }, settings);
  data.endpoint = admin.endpoint = bench.emulator.regions[bench.region]!;
  await data.putMessages({
    streamId: id,
    putMessagesDetails: { messages: [{ key: base64('a'), value: base64('a') }] },
  });
  const absent = { statusCode: 404, serviceCode: 'NotAuthorizedOrNotFound' };
  const cursor = { streamId: id, createCursorDetails: { partition: '0', type: 'LATEST' as never } };
  await expect(data.createCursor(cursor)).rejects.toMatchObject(absent);
  await expect(admin.getStream({ streamId: id })).rejects.toMatchObject(absent);
  await expect(admin.listStreams({ compartmentId: bench.emulator.compartmentId })).rejects.toMatchObject(
    absent,
  );
  data.close();
  admin.close();
});

test.each(['DEFAULT', 'writer_SESSION', 'a b'])('a user cannot be called %s', async (name) => {
  await expect(startEmulator({ users: { [name]: ['read streams'] } })).rejects.toThrow(
    `users: ${name} cannot be a profile`,
  );
});
