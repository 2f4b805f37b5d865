import { expect, it } from 'vitest';

import { streamState, streamStates } from '../../../../runtime/oci/answers/index.ts';

const given = {
  id: 'ocid1.stream.oc1.sa-vinhedo-1.x',
  name: 'OCI-SECONDARY-STREAM',
  partitions: 3,
  lifecycleState: 'ACTIVE',
  compartmentId: 'c',
  streamPoolId: 'p',
  messagesEndpoint: 'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com',
  freeformTags: { a: 'b' },
};

it('gives a stream in our words, without the retention that listings leave out', () => {
  expect(streamState('sa-vinhedo-1', given)).toEqual({
    region: 'sa-vinhedo-1',
    ocid: given.id,
    endpoint: given.messagesEndpoint,
    name: given.name,
    state: 'ACTIVE',
    partitions: 3,
    compartmentId: 'c',
    streamPoolId: 'p',
    tags: { a: 'b' },
  });
  expect(streamState('sa-vinhedo-1', { ...given, retentionInHours: 48 })?.retentionInHours).toBe(48);
});

it('calls a state that it does not know UNKNOWN', () => {
  expect(streamState('sa-vinhedo-1', { ...given, lifecycleState: 'HIBERNATING' })?.state).toBe('UNKNOWN');
});

it('takes no listing in which a stream cannot be read: it may be the one that is looked for', () => {
  expect(streamStates('sa-vinhedo-1', [given, { ...given, id: undefined }])).toBeUndefined();
  expect(streamStates('sa-vinhedo-1', { items: [] })).toBeUndefined();
  expect(streamStates('sa-vinhedo-1', [])).toEqual([]);
});
