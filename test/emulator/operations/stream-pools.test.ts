import { expect, test } from 'vitest';
import { refused, Service } from './service.ts';

const compartmentId = 'ocid1.compartment.oc1..a';

test('a pool keeps what it was given and can be changed but for its endpoint', () => {
  const service = new Service();
  const body = {
    name: 'private',
    compartmentId,
    // As some clients send what they were not given.
    kafkaSettings: { autoCreateTopicsEnable: true, numPartitions: null },
    customEncryptionKeyDetails: { kmsKeyId: 'ocid1.key' },
    privateEndpointDetails: {
      subnetId: 'ocid1.subnet',
      privateEndpointIp: '10.0.0.5',
      nsgIds: ['ocid1.nsg'],
    },
    securityAttributes: { ns: { key: { value: 'v', mode: 'enforce' } } },
    freeformTags: { team: 'orders' },
  };
  const { id } = service.get('POST', '/streampools', { body });
  const pool = service.get('GET', `/streampools/${id}`);
  expect(pool).toMatchObject({
    lifecycleState: 'ACTIVE',
    isPrivate: true,
    kafkaSettings: { autoCreateTopicsEnable: true, logRetentionHours: 24, numPartitions: 1 },
    customEncryptionKey: { kmsKeyId: 'ocid1.key', keyState: 'ACTIVE' },
    privateEndpointSettings: body.privateEndpointDetails,
    securityAttributes: body.securityAttributes,
  });
  expect(pool.endpointFqdn).toMatch(/^[a-z2-7]{12}\.streaming\.sa-saopaulo-1\.oci\.oraclecloud\.com$/);
  expect(pool.kafkaSettings.bootstrapServers).toBe(`${pool.endpointFqdn}:9092`);

  service.get('PUT', `/streampools/${id}`, {
    body: { name: 'renamed', kafkaSettings: { numPartitions: 4, autoCreateTopicsEnable: null } },
  });
  expect(service.get('GET', `/streampools/${id}`)).toMatchObject({
    name: 'renamed',
    kafkaSettings: { autoCreateTopicsEnable: true, numPartitions: 4 },
  });
});

test('a private endpoint without an address gets one', () => {
  const service = new Service();
  const body = { name: 'private', compartmentId, privateEndpointDetails: { subnetId: 'ocid1.subnet' } };
  const { id } = service.get('POST', '/streampools', { body });
  expect(service.get('GET', `/streampools/${id}`).privateEndpointSettings).toEqual({
    subnetId: 'ocid1.subnet',
    privateEndpointIp: expect.stringMatching(/^10\.0\.\d{1,3}\.\d{1,3}$/) as string,
  });
});

test('a pool with streams in it is not deleted, an empty one is; the default pool stays', () => {
  const service = new Service();
  const { id } = service.get('POST', '/streampools', { body: { name: 'p', compartmentId } });
  const stream = service.get('POST', '/streams', {
    body: { name: 'a', partitions: 1, streamPoolId: service.get('GET', `/streampools/${id}`).id },
  });
  expect(service.ask('DELETE', `/streampools/${id}`)).toMatchObject({
    status: 400,
    body: { code: 'InvalidParameter', message: expect.stringContaining('is not empty') },
  });
  service.ask('DELETE', `/streams/${stream.id}`);
  expect(service.ask('DELETE', `/streampools/${id}`).status).toBe(204);
  expect(service.get('GET', `/streampools/${id}`).lifecycleState).toBe('DELETED');
  const inDefault = service.get('GET', `/streams/${service.stream()}`);
  expect(service.ask('DELETE', `/streampools/${inDefault.streamPoolId}`)).toMatchObject(
    refused(400, 'InvalidParameter'),
  );
});

test('moving a pool moves its streams', () => {
  const service = new Service();
  const { id } = service.get('POST', '/streampools', { body: { name: 'p', compartmentId } });
  service.get('GET', `/streampools/${id}`);
  const stream = service.get('POST', '/streams', { body: { name: 'a', partitions: 1, streamPoolId: id } });
  const target = 'ocid1.compartment.oc1..b';
  service.ask('POST', `/streampools/${id}/actions/changeCompartment`, { body: { compartmentId: target } });
  expect(service.get('GET', `/streampools/${id}`).compartmentId).toBe(target);
  expect(service.get('GET', `/streams/${stream.id}`).compartmentId).toBe(target);
});

test('while the default pool changes, no second one is made', () => {
  const service = new Service({ updateDelayMs: 1_000 });
  const { streamPoolId } = service.get('GET', `/streams/${service.stream({ name: 'a' })}`);
  service.ask('PUT', `/streampools/${streamPoolId}`, { body: { freeformTags: { team: 'orders' } } });
  const create = () => service.ask('POST', '/streams', { body: { name: 'b', partitions: 1, compartmentId } });
  expect(create()).toMatchObject(refused(409, 'IncorrectState', `${streamPoolId} is UPDATING`));
  service.now += 1_000;
  expect(create()).toMatchObject({ status: 200, body: { streamPoolId } });
  expect(service.region.pools.size).toBe(1);
});

test('the default pool stays in its compartment', () => {
  const service = new Service();
  const { streamPoolId } = service.get('GET', `/streams/${service.stream()}`);
  const move = { body: { compartmentId: 'ocid1.compartment.oc1..b' } };
  expect(service.ask('POST', `/streampools/${streamPoolId}/actions/changeCompartment`, move)).toMatchObject(
    refused(400, 'InvalidParameter', 'The default stream pool cannot be moved'),
  );
});

test('an address of a private endpoint needs its subnet', () => {
  const service = new Service();
  const create = (privateEndpointDetails: object) =>
    service.ask('POST', '/streampools', { body: { name: 'p', compartmentId, privateEndpointDetails } });
  expect(create({ privateEndpointIp: '10.0.0.7' })).toMatchObject(
    refused(400, 'MissingParameter', 'privateEndpointDetails.subnetId is required'),
  );
  expect(create({ privateEndpointIp: '10.0.0.7', subnetId: 'ocid1.subnet.oc1..a' }).status).toBe(200);
});
