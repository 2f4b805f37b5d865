import { describe, expect, test } from 'vitest';
import type { OperationName } from '../../../emulator/operations/validations.ts';
import { Everything } from './calls.ts';

const CHANGES: readonly OperationName[] = [
  'UpdateStream',
  'DeleteStream',
  'ChangeStreamCompartment',
  'UpdateStreamPool',
  'DeleteStreamPool',
  'ChangeStreamPoolCompartment',
  'UpdateConnectHarness',
  'DeleteConnectHarness',
  'ChangeConnectHarnessCompartment',
];
const READ_FIRST: Readonly<Record<string, OperationName>> = {
  Stream: 'GetStream',
  StreamPool: 'GetStreamPool',
  ConnectHarness: 'GetConnectHarness',
};

function readOf(change: OperationName): OperationName {
  return READ_FIRST[change.replace(/^(Update|Delete|Change)|Compartment$/g, '')]!;
}

test.each(CHANGES)('%s looks at if-match', (operation) => {
  const world = new Everything();
  const etag = world.call(readOf(operation)).headers!['etag']!;
  expect(world.call(operation, { headers: { 'if-match': '"another"' } })).toMatchObject({
    status: 412,
    body: { code: 'NoEtagMatch' },
  });
  expect(world.call(operation, { headers: { 'if-match': etag } }).status).toBeLessThan(300);
  const any = new Everything();
  expect(any.call(operation, { headers: { 'if-match': '*' } }).status).toBeLessThan(300);
});

const CREATES: readonly OperationName[] = ['CreateStream', 'CreateStreamPool', 'CreateConnectHarness'];

test.each([...CREATES, ...CHANGES])('%s names a work request that ends well, with its times', (operation) => {
  const world = new Everything({ createDelayMs: 0, updateDelayMs: 2_000, deleteDelayMs: 2_000 });
  world.service.region.rules = { ...world.service.region.rules, createDelayMs: 2_000 };
  const { headers } = world.call(operation);
  const work = () => world.service.get('GET', `/workRequests/${headers!['opc-work-request-id']!}`);
  const accepted = new Date(world.service.now).toISOString();
  expect(work()).toMatchObject({
    status: 'IN_PROGRESS',
    percentComplete: 0,
    timeAccepted: accepted,
    timeStarted: accepted,
    timeFinished: undefined,
  });
  world.service.now += 2_000;
  expect(work()).toMatchObject({
    status: 'SUCCEEDED',
    percentComplete: 100,
    timeFinished: new Date(world.service.now).toISOString(),
  });
});

test.each(['CreateStreamPool', 'CreateConnectHarness'] as const)(
  '%s creates once for a retry token',
  (operation) => {
    const world = new Everything();
    const body = { name: 'once', compartmentId: 'ocid1.compartment.oc1..a' };
    const made = () => {
      const reply = world.call(operation, { body, headers: { 'opc-retry-token': 't' } });
      return [(reply.body as { id: string }).id, reply.headers!['opc-work-request-id']];
    };
    expect(made()).toEqual(made());
    const { pools, harnesses } = world.service.region;
    expect([...pools.values(), ...harnesses.values()].filter(({ name }) => name === 'once')).toHaveLength(1);
  },
);

describe('a call on what is', () => {
  const ok = 'is done';
  const states = ['CREATING', 'ACTIVE', 'UPDATING', 'DELETING', 'DELETED', 'FAILED'] as const;
  const change = [409, ok, 409, 409, 404, 409];
  const end = [409, ok, 409, 409, 404, ok];
  const look = [ok, ok, ok, ok, ok, ok];
  const data = [404, ok, ok, 404, 404, 404];
  const TABLE: Partial<Record<OperationName, readonly (number | string)[]>> = {
    GetStream: look,
    GetStreamPool: look,
    GetConnectHarness: look,
    UpdateStream: change,
    UpdateStreamPool: change,
    UpdateConnectHarness: change,
    ChangeStreamCompartment: change,
    ChangeStreamPoolCompartment: change,
    ChangeConnectHarnessCompartment: change,
    DeleteStream: end,
    DeleteStreamPool: end,
    DeleteConnectHarness: end,
    PutMessages: data,
    CreateCursor: data,
    CreateGroupCursor: data,
    GetGroup: data,
    UpdateGroup: data,
  };
  const rows = Object.entries(TABLE).flatMap(([operation, ends]) =>
    states.map((state, index) => [state, operation as OperationName, ends[index]!] as const),
  );
  test.each(rows)('%s: %s %s', (state, operation, expected) => {
    const world = new Everything().withGroup();
    const { streams, pools, harnesses } = world.service.region;
    for (const resources of [streams, pools, harnesses]) {
      for (const resource of resources.values()) resource.lifecycleState = state;
    }
    const { status } = world.call(operation);
    expect(status < 300 ? ok : status).toBe(expected);
  });
});
