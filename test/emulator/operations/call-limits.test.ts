import { expect, test } from 'vitest';
import type { OperationName } from '../../../emulator/operations/validations.ts';
import { STRICT } from '../../../emulator/state/limits.ts';
import { Everything } from './calls.ts';

/** Those that the documentation limits to 5 a second, one row each. */
const TOGETHER: readonly (readonly OperationName[])[] = [
  ['ConsumerHeartbeat'],
  ['ConsumerCommit'],
  ['CreateCursor'],
  ['CreateGroupCursor'],
  ['GetGroup'],
  ['UpdateGroup'],
  ['CreateStream'],
  ['GetStream', 'ListStreams'],
  ['UpdateStream', 'ChangeStreamCompartment'],
  ['DeleteStream'],
  ['CreateStreamPool'],
  ['GetStreamPool', 'ListStreamPools'],
  ['UpdateStreamPool', 'ChangeStreamPoolCompartment'],
  ['DeleteStreamPool'],
  ['CreateConnectHarness'],
  ['GetConnectHarness', 'ListConnectHarnesses'],
  ['UpdateConnectHarness', 'ChangeConnectHarnessCompartment'],
  ['DeleteConnectHarness'],
];

test.each(TOGETHER.map((row) => [row.join(' and '), row] as const))('%s: five a second', (_, row) => {
  const world = new Everything().withGroup();
  const call = (count: number) => {
    const operation = row[count % row.length]!;
    // What a cursor is made with must not be what is refused.
    world.service.region.rules = {
      ...world.service.region.rules,
      limits: { ...STRICT, callsPerSecond: Infinity },
    };
    const asking = world.prepared(operation);
    world.service.region.rules = { ...world.service.region.rules, limits: STRICT };
    return world.service.ask(...asking);
  };
  for (let count = 0; count < 5; count++) expect(call(count).status).not.toBe(429);
  expect(call(5)).toMatchObject({ status: 429, body: { code: 'TooManyRequests' } });
  world.service.now += 200;
  expect(call(6).status).not.toBe(429);
  expect(call(7).status).toBe(429);
});

test.each(['PutMessages', 'ListWorkRequests', 'GetWorkRequest'] as const)(
  '%s has no limit of calls',
  (operation) => {
    const world = new Everything({ limits: STRICT });
    for (let count = 0; count < 50; count++) expect(world.call(operation).status).toBe(200);
  },
);
