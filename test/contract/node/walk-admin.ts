import { models, requests } from 'oci-streaming';
import { see, type World } from './seeing.ts';

const { Active } = models.Stream.LifecycleState;
const byName = { sortBy: requests.ListStreamsRequest.SortBy.Name };

export async function walkPools({ admin, given, advance }: World): Promise<string> {
  const compartmentId = given['compartmentId']!;
  const createStreamPoolDetails = {
    compartmentId,
    name: 'orders-pool',
    kafkaSettings: { autoCreateTopicsEnable: true, logRetentionHours: 48, numPartitions: 2 },
    freeformTags: { made: 'here' },
  };
  const once = { createStreamPoolDetails, opcRetryToken: 'once' };
  const { streamPool } = await see('make a pool', admin.createStreamPool(once));
  await see('make the pool again with its token', admin.createStreamPool(once));
  const another = {
    ...once,
    createStreamPoolDetails: { ...createStreamPoolDetails, name: 'another-pool' },
  };
  await see('make another pool with that token', admin.createStreamPool(another));
  await advance(1);
  const pool = { streamPoolId: streamPool.id };
  const { etag: ifMatch } = await see('get the pool', admin.getStreamPool(pool));
  const updateStreamPoolDetails = {
    kafkaSettings: { numPartitions: 3 },
    freeformTags: { changed: 'here' },
  };
  const change = { ...pool, updateStreamPoolDetails, ifMatch };
  await see('change the pool with its etag', admin.updateStreamPool(change));
  await see('change the pool with the old etag', admin.updateStreamPool(change));
  await walkPrivatePool({ admin, given, advance } as World);
  return pool.streamPoolId;
}

async function walkPrivatePool({ admin, given, advance }: World): Promise<void> {
  const compartmentId = given['compartmentId']!;
  const createStreamPoolDetails = {
    compartmentId,
    name: 'private-pool',
    privateEndpointDetails: {
      subnetId: 'ocid1.subnet.oc1..aaaa',
      privateEndpointIp: '10.0.0.7',
      nsgIds: ['ocid1.nsg.oc1..aaaa'],
    },
    customEncryptionKeyDetails: { kmsKeyId: 'ocid1.key.oc1..aaaa' },
    securityAttributes: { zpr: { tier: { value: 'inner', mode: 'enforce' } } },
    definedTags: { ops: { cost: '42' } },
  };
  const made = await see('make a private pool', admin.createStreamPool({ createStreamPoolDetails }));
  const pool = { streamPoolId: made.streamPool.id };
  await advance(1);
  await see('get the private pool', admin.getStreamPool(pool));
  const list = { compartmentId, limit: 1, sortBy: requests.ListStreamPoolsRequest.SortBy.Name };
  const { opcNextPage } = await see('list the pools', admin.listStreamPools(list));
  await see('list the next pools', admin.listStreamPools({ ...list, page: opcNextPage }));
  const changeStreamPoolCompartmentDetails = { compartmentId: given['otherCompartmentId']! };
  await see(
    'move the private pool',
    admin.changeStreamPoolCompartment({ ...pool, changeStreamPoolCompartmentDetails }),
  );
  await see('get the moved pool', admin.getStreamPool(pool));
  await see('delete the private pool', admin.deleteStreamPool(pool));
  await see('get the deleted pool', admin.getStreamPool(pool));
}

export async function walkHarnesses({ admin, given, advance }: World): Promise<void> {
  const compartmentId = given['compartmentId']!;
  const createConnectHarnessDetails = { compartmentId, name: 'sink', freeformTags: { made: 'here' } };
  const made = await see('make a harness', admin.createConnectHarness({ createConnectHarnessDetails }));
  const harness = { connectHarnessId: made.connectHarness.id };
  await advance(1);
  await see('get the harness', admin.getConnectHarness(harness));
  await see(
    'list the harnesses',
    admin.listConnectHarnesses({
      compartmentId,
      name: 'sink',
      lifecycleState: models.ConnectHarness.LifecycleState.Active,
    }),
  );
  const updateConnectHarnessDetails = { freeformTags: { changed: 'here' } };
  await see('change the harness', admin.updateConnectHarness({ ...harness, updateConnectHarnessDetails }));
  const changeConnectHarnessCompartmentDetails = { compartmentId: given['otherCompartmentId']! };
  await see(
    'move the harness',
    admin.changeConnectHarnessCompartment({ ...harness, changeConnectHarnessCompartmentDetails }),
  );
  await see('get the moved harness', admin.getConnectHarness(harness));
  await see('delete the harness', admin.deleteConnectHarness(harness));
  await see('get the deleted harness', admin.getConnectHarness(harness));
}

export async function walkStreams({ admin, given, advance }: World, streamPoolId: string) {
  const details = (name: string, partitions = 1) => ({
    createStreamDetails: {
      name,
      partitions,
      streamPoolId,
      retentionInHours: 48,
      freeformTags: { made: 'here' },
    },
  });
  const made = await see('make a stream', admin.createStream(details('orders', 2)));
  const stream = { streamId: made.stream.id };
  await see('delete the stream too soon', admin.deleteStream(stream));
  await see('make the stream twice', admin.createStream(details('orders')));
  await advance(1);
  await admin.createWaiters().forStream(stream, Active);
  const { etag: ifMatch } = await see('get the stream', admin.getStream(stream));
  const change = { ...stream, updateStreamDetails: { freeformTags: { changed: 'here' } }, ifMatch };
  await see('change the stream with its etag', admin.updateStream(change));
  await see('change the stream with the old etag', admin.updateStream(change));

  const second = await see('make a second stream', admin.createStream(details('payments')));
  const third = await see('make a third stream', admin.createStream(details('returns')));
  await advance(1);
  const two = { streamPoolId, limit: 2, ...byName };
  const { opcNextPage } = await see('list two streams', admin.listStreams(two));
  await see('list the other', admin.listStreams({ ...two, page: opcNextPage }));
  await see(
    'list by name',
    admin.listStreams({ compartmentId: given['compartmentId']!, name: 'payments', lifecycleState: Active }),
  );
  await see('list everything', admin.listStreams({}));
  const returns = { streamId: third.stream.id };
  const changeStreamCompartmentDetails = { compartmentId: given['otherCompartmentId']! };
  await see(
    'move the third stream',
    admin.changeStreamCompartment({ ...returns, changeStreamCompartmentDetails }),
  );
  await see('get the moved stream', admin.getStream(returns));
  await see('delete the pool with its streams', admin.deleteStreamPool({ streamPoolId }));
  const payments = { streamId: second.stream.id };
  await see('delete the second stream', admin.deleteStream(payments));
  await see('get the deleted stream', admin.getStream(payments));
  return { ...stream, workRequestId: made.opcWorkRequestId };
}

export async function walkWorkRequests(
  { admin, given, fault, advance }: World,
  { streamId, workRequestId }: { readonly streamId: string; readonly workRequestId: string },
): Promise<void> {
  const compartmentId = given['compartmentId']!;
  await see('get the work request', admin.getWorkRequest({ workRequestId }));
  await see('list the work requests', admin.listWorkRequests({ compartmentId, resourceId: streamId }));
  await see('list the logs', admin.listWorkRequestLogs({ workRequestId }));
  await see('list the errors', admin.listWorkRequestErrors({ workRequestId }));
  await fault({ operation: 'CreateStream', creationEnds: 'failed', count: 1 });
  const createStreamDetails = { name: 'ill-fated', partitions: 1, compartmentId };
  const made = await see('make a stream that fails', admin.createStream({ createStreamDetails }));
  const failing = { workRequestId: made.opcWorkRequestId };
  await advance(1);
  await see('get the failed work request', admin.getWorkRequest(failing));
  await see('list the errors of the failed one', admin.listWorkRequestErrors(failing));
}
