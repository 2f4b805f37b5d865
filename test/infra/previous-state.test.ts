import { expect, it } from 'vitest';
import { previousStateOf, regionalName } from '../../infra/previous-state.ts';

const component = 'urn:pulumi:dev::shop::shop:Backend$oci-streaming-ha:infra:HaStream::orders';
const childOf = (urn: string, type: string, name: string) =>
  `${urn.slice(0, urn.lastIndexOf('::'))}$${type}::${name}`;
const stream = (id: string) => ({
  outputs: {
    id,
    name: 'n',
    partitions: 2,
    retentionInHours: 24,
    messagesEndpoint: 'https://m',
    compartmentId: 'c',
    streamPoolId: 'p',
    freeformTags: { a: 'b' },
  },
});

it('J5: a component sees its own streams and pools, by role and region, and those of no other', () => {
  const of = (name: string, type = 'oci:Streaming/stream:Stream') => childOf(component, type, name);
  const state = previousStateOf(
    {
      [of(regionalName('orders', 'primary', 'sa-saopaulo-1'))]: stream('one'),
      [of(regionalName('orders', 'secondary', 'uk-gov-london-1'))]: stream('two'),
      [of(regionalName('orders', 'primary-pool', 'sa-saopaulo-1'), 'oci:Streaming/streamPool:StreamPool')]: {
        outputs: {
          id: 'pool',
          privateEndpointSettings: { subnetId: 's', nsgIds: ['n'], privateEndpointIp: '10.0.0.2' },
        },
      },
      // Of a component whose name begins alike, and of one elsewhere in the tree.
      [of(regionalName('orders-primary', 'primary', 'sa-saopaulo-1'))]: stream('three'),
      [of(regionalName('orders2', 'primary', 'sa-saopaulo-1'))]: stream('four'),
      [childOf(
        'urn:pulumi:dev::shop::oci-streaming-ha:infra:HaStream::orders',
        'oci:Streaming/stream:Stream',
        regionalName('orders', 'primary', 'sa-saopaulo-1'),
      )]: stream('five'),
      [component]: {
        outputs: {
          protect: false,
          secondaryRegion: 'r',
          secondaryStreamOcid: 'o',
          secondaryStreamEndpoint: 'e',
        },
      },
    },
    component,
  );
  expect(state.streams.map(({ role, region, ocid }) => [role, region, ocid])).toEqual([
    ['primary', 'sa-saopaulo-1', 'one'],
    ['secondary', 'uk-gov-london-1', 'two'],
  ]);
  expect(state.streams[0]).toMatchObject({
    partitions: 2,
    retentionInHours: 24,
    compartmentId: 'c',
    streamPoolId: 'p',
    endpoint: 'https://m',
  });
  expect(state.pools).toEqual([
    {
      role: 'primary',
      region: 'sa-saopaulo-1',
      ocid: 'pool',
      subnetId: 's',
      nsgIds: ['n'],
      privateEndpointIp: '10.0.0.2',
    },
  ]);
  expect(state.lastOutputs).toEqual({ protect: false, secondary: { region: 'r', ocid: 'o', endpoint: 'e' } });
});

it('J5: a stream of the time before regions were part of names is in the region that its OCID tells', () => {
  const urn = 'urn:pulumi:dev::p::oci-streaming-ha:infra:HaStream::streams';
  const of = (name: string) => childOf(urn, 'oci:Streaming/stream:Stream', name);
  const { streams } = previousStateOf(
    {
      [of('primary')]: stream('ocid1.stream.oc1.sa-saopaulo-1.amaaaa'),
      [of('secondary')]: stream('ocid1.stream.oc1.iad.amaaaa'),
    },
    urn,
  );
  expect(streams.map(({ role, region }) => [role, region])).toEqual([
    ['primary', 'sa-saopaulo-1'],
    ['secondary', ''],
  ]);
});

it('J1: is empty before the first update', () => {
  expect(previousStateOf({}, component)).toEqual({ streams: [], pools: [], lastOutputs: {} });
});
