import type { Client } from './clients.ts';

type Name = Client['name'];

const ALL: readonly Name[] = ['npm', 'PyPI', 'Java', 'Go'];
/** Work requests came with the Java SDK 3.87.0; Maven Central has none so new. */
const NOT_JAVA: readonly Name[] = ['npm', 'PyPI', 'Go'];

/** Every operation, and Oracle's clients that exercise it on the emulator. The contract tests see that it is true. */
export const operations: Readonly<Record<string, readonly Name[]>> = {
  PutMessages: ALL,
  GetMessages: ALL,
  CreateCursor: ALL,
  CreateGroupCursor: ALL,
  ConsumerCommit: ALL,
  ConsumerHeartbeat: ALL,
  GetGroup: ALL,
  UpdateGroup: ALL,
  CreateStream: ALL,
  ListStreams: ALL,
  GetStream: ALL,
  UpdateStream: ALL,
  DeleteStream: ALL,
  ChangeStreamCompartment: ALL,
  CreateStreamPool: ALL,
  ListStreamPools: ALL,
  GetStreamPool: ALL,
  UpdateStreamPool: ALL,
  DeleteStreamPool: ALL,
  ChangeStreamPoolCompartment: ALL,
  CreateConnectHarness: ALL,
  ListConnectHarnesses: ALL,
  GetConnectHarness: ALL,
  UpdateConnectHarness: ALL,
  DeleteConnectHarness: ALL,
  ChangeConnectHarnessCompartment: ALL,
  ListWorkRequests: NOT_JAVA,
  GetWorkRequest: NOT_JAVA,
  ListWorkRequestErrors: NOT_JAVA,
  ListWorkRequestLogs: NOT_JAVA,
};
