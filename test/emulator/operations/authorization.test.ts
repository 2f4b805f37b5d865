import { expect, test } from 'vitest';
import type { Permission } from '../../../emulator/security/grants.ts';
import { routes } from '../../../emulator/operations/routes.ts';
import type { OperationName } from '../../../emulator/operations/validations.ts';
import { Everything } from './calls.ts';

const operations = routes.map(({ operation }) => operation);

/** As the verbs of a policy give them; work requests need nothing that is known. */
const PERMISSION: Readonly<Record<OperationName, Permission | undefined>> = {
  PutMessages: 'STREAM_PRODUCE',
  GetMessages: 'STREAM_CONSUME',
  CreateCursor: 'STREAM_CONSUME',
  CreateGroupCursor: 'STREAM_CONSUME',
  ConsumerCommit: 'STREAM_CONSUME',
  ConsumerHeartbeat: 'STREAM_CONSUME',
  GetGroup: 'STREAM_CONSUME',
  UpdateGroup: 'STREAM_CONSUME',
  CreateStream: 'STREAM_CREATE',
  ListStreams: 'STREAM_INSPECT',
  GetStream: 'STREAM_READ',
  UpdateStream: 'STREAM_UPDATE',
  DeleteStream: 'STREAM_DELETE',
  ChangeStreamCompartment: 'STREAM_MOVE',
  CreateStreamPool: 'STREAM_POOL_CREATE',
  ListStreamPools: 'STREAM_POOL_INSPECT',
  GetStreamPool: 'STREAM_POOL_READ',
  UpdateStreamPool: 'STREAM_POOL_UPDATE',
  DeleteStreamPool: 'STREAM_POOL_DELETE',
  ChangeStreamPoolCompartment: 'STREAM_POOL_MOVE',
  CreateConnectHarness: 'CONNECT_HARNESS_CREATE',
  ListConnectHarnesses: 'CONNECT_HARNESS_INSPECT',
  GetConnectHarness: 'CONNECT_HARNESS_READ',
  UpdateConnectHarness: 'CONNECT_HARNESS_UPDATE',
  DeleteConnectHarness: 'CONNECT_HARNESS_DELETE',
  ChangeConnectHarnessCompartment: 'CONNECT_HARNESS_MOVE',
  ListWorkRequests: undefined,
  GetWorkRequest: undefined,
  ListWorkRequestErrors: undefined,
  ListWorkRequestLogs: undefined,
};

test.each(operations)('%s is permitted by its own permission, and by no other', (operation) => {
  const needed = PERMISSION[operation];
  const only = new Everything().withGroup();
  const may = (permission: Permission): boolean => permission === needed;
  expect(only.call(operation, { context: { caller: { may } } }).status).toBeLessThan(300);
  if (needed === undefined) return;
  const others = new Everything().withGroup();
  const mayNot = (permission: Permission): boolean => permission !== needed;
  expect(others.call(operation, { context: { caller: { may: mayNot } } })).toMatchObject({
    status: 404,
    body: { code: 'NotAuthorizedOrNotFound' },
  });
});
