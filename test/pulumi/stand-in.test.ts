import { describe, expect, it } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { AdminPlane } from './stand-in/admin-plane.ts';
import { changesBetween } from './stand-in/changes.ts';
import { providerTable } from './stand-in/provider-table.ts';

describe('the stand-in for the oci provider', () => {
  const nowhere = providerTable(new AdminPlane('http://127.0.0.1:1', 0));

  it('J1: fails loudly on a type or a function that infra/ does not use', () => {
    expect(() => nowhere.kind('oci:Core/vcn:Vcn')).toThrow(
      'does not know oci:Core/vcn:Vcn; it knows oci:Streaming',
    );
    expect(() => nowhere.look('oci:Core/getVcns:getVcns')).toThrow('does not know oci:Core/getVcns:getVcns');
    expect(() => nowhere.kind('toString')).toThrow('does not know toString');
  });

  it('J5: leaves to the service what the program does not mention, and replaces for what OCI fixes at creation', () => {
    const before = { name: 'a', partitions: 1, streamPoolId: 'pool', freeformTags: { a: '1' } };
    expect(changesBetween(before, { name: 'a', partitions: 1 }, ['partitions'])).toEqual({
      changed: [],
      replacing: [],
    });
    expect(changesBetween(before, { partitions: 2, freeformTags: {} }, ['partitions'])).toEqual({
      changed: ['partitions', 'freeformTags'],
      replacing: ['partitions'],
    });
  });

  it('J1: takes a stream through its life as the real provider does: work requests, tags, a look, a list of pages', async () => {
    await using emulator = await startEmulator({ createDelayMs: 120, deleteDelayMs: 120 });
    const { compartmentId } = emulator;
    const table = providerTable(new AdminPlane(emulator.regions['sa-saopaulo-1'] ?? '', 0));
    const streams = table.kind('oci:Streaming/stream:Stream');
    const tags = { freeformTags: { team: 'a' }, definedTags: { 'Operations.CostCenter': '42' } };
    const inputs = { name: 'orders', partitions: 2, retentionInHours: 48, compartmentId, ...tags };
    const { id, state } = await streams.create(inputs);
    expect(state).toMatchObject({ ...inputs, id, state: 'ACTIVE' });

    expect(await streams.update(id, { ...inputs, freeformTags: { team: 'b' } })).toMatchObject({
      freeformTags: { team: 'b' },
    });
    const seen = await streams.read(id, {});
    expect(seen?.inputs).toMatchObject({ ...inputs, freeformTags: { team: 'b' } });
    expect(await table.look('oci:Streaming/getStream:getStream')({ streamId: id })).toMatchObject({
      retentionInHours: 48,
    });
    const listed = await table.look('oci:Streaming/getStreams:getStreams')({
      compartmentId,
      name: 'orders',
      state: 'ACTIVE',
    });
    expect(listed['streams']).toEqual([expect.objectContaining({ id, partitions: 2, retentionInHours: 0 })]);

    await streams.delete(id);
    expect(await streams.read(id, {})).toBeUndefined();
    await expect(streams.delete(id)).resolves.toBeUndefined();
  });

  it('J4: tries 5xx again as long as it is told, and what the caller did wrong not at all', async () => {
    await using emulator = await startEmulator();
    const base = emulator.regions['sa-saopaulo-1'];
    const hits = () => emulator.faults()['sa-saopaulo-1']?.[0]?.hits;
    const list = () =>
      new AdminPlane(base, 30_000).call('GET', `/streams?compartmentId=${emulator.compartmentId}`);
    await emulator.setFaults('sa-saopaulo-1', { status: 503, count: 2 });
    expect(await list()).toMatchObject({ status: 200 });
    expect(hits()).toBe(2);
    await emulator.setFaults('sa-saopaulo-1', { status: 400, count: 2 });
    await expect(list()).rejects.toThrow('400 from GET');
    expect(hits()).toBe(1);
    await emulator.setFaults('sa-saopaulo-1', { status: 503 });
    await expect(new AdminPlane(base, 0).call('GET', '/streams')).rejects.toThrow('503 from GET');
    await expect(new AdminPlane(undefined, 0).call('GET', '/streams')).rejects.toThrow(
      'CLIENT_HOST_OVERRIDES_<REGION>',
    );
  });

  it('J1: takes a pool with a key and a private endpoint through its life', async () => {
    await using emulator = await startEmulator();
    const pools = providerTable(new AdminPlane(emulator.regions['sa-saopaulo-1'], 0)).kind(
      'oci:Streaming/streamPool:StreamPool',
    );
    const privateEndpointSettings = {
      subnetId: 'ocid1.subnet.oc1..s',
      nsgIds: ['ocid1.networksecuritygroup.oc1..n'],
    };
    const customEncryptionKey = { kmsKeyId: 'ocid1.key.oc1..a' };
    const inputs = {
      name: 'p',
      compartmentId: emulator.compartmentId,
      freeformTags: {},
      privateEndpointSettings,
      customEncryptionKey,
    };
    const { id, state } = await pools.create(inputs);
    expect(state).toMatchObject(inputs);
    const other = { kmsKeyId: 'ocid1.key.oc1..b' };
    expect(await pools.update(id, { ...inputs, customEncryptionKey: other })).toMatchObject({
      customEncryptionKey: other,
    });
    expect((await pools.read(id, {}))?.inputs).toMatchObject({ ...inputs, customEncryptionKey: other });
    await pools.delete(id);
    expect(await pools.read(id, {})).toBeUndefined();
  });
});
