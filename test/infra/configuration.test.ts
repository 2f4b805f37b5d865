import { describe, expect, it, vi } from 'vitest';
import { compartmentId, exampleConfiguration, refusal } from './example-configuration.ts';

// The SDK reads it once.
vi.stubEnv(
  'OCI_REGION_METADATA',
  JSON.stringify({
    realmKey: 'oc1',
    realmDomainComponent: 'oraclecloud.com',
    regionKey: 'xab',
    regionIdentifier: 'us-ashbarn-7',
  }),
);

describe('configuration', () => {
  it('J6: needs nothing but a compartment', () => {
    expect(exampleConfiguration()).toEqual({
      compartmentId,
      primaryRegion: 'sa-saopaulo-1',
      secondaryRegion: 'sa-vinhedo-1',
      streamName: 'OCI-PRIMARY-STREAM',
      secondaryStreamName: 'OCI-SECONDARY-STREAM',
      partitions: 1,
      retentionInHours: 24,
      standby: 'onDemand',
      protect: true,
      tags: {},
      access: {},
    });
  });

  it('J6: takes the root compartment, which is the tenancy', () => {
    const root = 'ocid1.tenancy.oc1..aaaaaaaaroot';
    expect(exampleConfiguration({ compartmentId: root }).compartmentId).toBe(root);
  });

  it.each([
    ['compartmentId', 'ocid1.user.oc1..aaaaaaaa', 'is the OCID of a user; allowed is ocid1.compartment'],
    [
      'compartmentId',
      'my-compartment',
      'is not an OCID; allowed is ocid1.compartment.<realm>..<unique part>',
    ],
    ['compartmentId', 'ocid1.compartment.oc1..<unique_ID>', 'is the placeholder of the example'],
    ['primaryRegion', 'gru', 'is not a region identifier; allowed is one like sa-saopaulo-1'],
    ['primaryRegion', 'São Paulo', 'is not a region identifier; allowed is one like sa-saopaulo-1'],
    ['primaryRegion', 'sa-saopaolo-1', 'is no known region; did you mean sa-saopaulo-1?'],
    ['secondaryRegion', 'sa-vinhed-1', 'is no known region; did you mean sa-vinhedo-1?'],
    ['secondaryRegion', 'sa-saopaulo-1', 'is the primary region too; give another region'],
    ['partitions', '0', 'give a whole number of partitions from 1 to 1000'],
    ['partitions', '1.5', 'give a whole number of partitions from 1 to 1000'],
    ['partitions', '1e3', 'give a whole number of partitions from 1 to 1000'],
    ['retentionInHours', '12', 'give a whole number of hours from 24 to 168'],
    ['retentionInHours', '200', 'give a whole number of hours from 24 to 168'],
    ['streamName', 'my stream', 'allowed are 1 to 249 letters'],
    ['secondaryStreamName', '', 'allowed are 1 to 249 letters'],
    ['standby', 'cold', 'give onDemand or warm'],
    ['protect', 'yes', 'give true or false'],
    ['streamPoolId', 'ocid1.stream.oc1.sa-saopaulo-1.amaaaaaa', 'allowed is ocid1.streampool'],
    ['tags', 'team=payments', 'give at most 8 pairs of texts'],
    ['secondaryStreamPoolId', 'pool', 'allowed is ocid1.streampool'],
    ['primaryPool', 'yes', 'give any of kmsKeyId, subnetId, nsgIds, privateEndpointIp'],
    ['partitions', '', 'give a whole number of partitions from 1 to 1000'],
    ['protect', '', 'give true or false'],
    ['primaryRegion', '', 'is not a region identifier'],
    ['compartmentId', '', 'pulumi config set compartmentId ocid1.compartment.oc1..'],
    ['access', 'everyone', 'give any of producer, consumer, provisioner, homeRegion'],
    ['alarms', 'on', 'give any of enabled, email, silenceMinutes'],
  ])('J6: refuses %s = %s in words', (key, value, words) => {
    const message = refusal({ compartmentId, [key]: value });
    expect(message).toContain(`${key} = ${JSON.stringify(value)} `);
    expect(message).toContain(words);
    expect(message).toContain('Pulumi.test.yaml');
  });

  it.each(['xx-nowhere-1', 'sa-saopaulo-9', 'us-ashbarn-7'])(
    'J6: takes the region %s, which may be new, private, or described to the SDK',
    (primaryRegion) => {
      expect(exampleConfiguration({ primaryRegion }).primaryRegion).toBe(primaryRegion);
    },
  );

  it.each([
    ['access.producer.group', 'access', '{"producer":{"group":"a to manage all-resources in tenancy"}}'],
    ['access.everyone', 'access', '{"everyone":{"group":"all"}}'],
    ['access.consumer', 'access', '{"consumer":{"group":"a","dynamicGroup":"b"}}'],
    ['alarms.silenceMinutes', 'alarms', '{"silenceMinutes":1}'],
    ['alarms.email', 'alarms', '{"email":"nobody"}'],
    ['tags', 'tags', '[]'],
    ['tags', 'tags', '["payments"]'],
    ['access', 'access', '[]'],
    ['alarms', 'alarms', '[]'],
    ['primaryPool', 'primaryPool', '[]'],
    ['access.homeRegion', 'access', '{"homeRegion":"sa-saopaolo-1"}'],
    ['tags.team', 'tags', '{"team":7}'],
    ['tags.pulumi-stack', 'tags', '{"pulumi-stack":"mine"}'],
    ['alarms.enabled', 'alarms', '{"enabled":"no"}'],
    ['primaryPool.kmsKeyId', 'primaryPool', '{"kmsKeyId":"mine"}'],
    ['primaryPool.nsgIds', 'primaryPool', '{"subnetId":"ocid1.subnet.oc1..s","nsgIds":[]}'],
    [
      'primaryPool.privateEndpointIp',
      'primaryPool',
      '{"subnetId":"ocid1.subnet.oc1..s","privateEndpointIp":"10.0.0"}',
    ],
  ])('J6: names %s when it is wrong', (path, key, value) => {
    expect(refusal({ compartmentId, [key]: value })).toContain(`- ${path} = `);
  });

  it.each([
    [
      'streamPoolId',
      {
        streamPoolId: 'ocid1.streampool.oc1.sa-saopaulo-1.p',
        primaryPool: '{"kmsKeyId":"ocid1.key.oc1..k"}',
      },
      'is set beside primaryPool',
    ],
    [
      'secondaryStreamPoolId',
      {
        standby: 'warm',
        secondaryStreamPoolId: 'ocid1.streampool.oc1.sa-vinhedo-1.p',
        secondaryPool: '{"kmsKeyId":"ocid1.key.oc1..k"}',
      },
      'is set beside secondaryPool',
    ],
    [
      'streamPoolId',
      { streamPoolId: 'ocid1.streampool.oc1.sa-vinhedo-1.p' },
      'is a pool of another region than primaryRegion',
    ],
    [
      'secondaryStreamPoolId',
      { standby: 'warm', secondaryStreamPoolId: 'ocid1.streampool.oc1.sa-saopaulo-1.p' },
      'is a pool of another region than secondaryRegion',
    ],
    [
      'secondaryStreamPoolId',
      { secondaryStreamPoolId: 'ocid1.streampool.oc1.sa-vinhedo-1.p' },
      'pulumi config set standby warm',
    ],
    [
      'primaryPool.subnetId',
      { primaryPool: '{"nsgIds":["ocid1.networksecuritygroup.oc1..n"]}' },
      'a private endpoint, which needs its subnet',
    ],
  ])('J6: refuses %s that does not fit the rest', (path, texts, words) => {
    const message = refusal({ compartmentId, ...texts });
    expect(message).toContain(`- ${path}`);
    expect(message).toContain(words);
  });
});
