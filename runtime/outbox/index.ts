export { DISK_PATIENCE_MS } from './closing.ts';
export { openStore } from './open-store.ts';
export { Outbox, type Drained } from './outbox.ts';
export type { OutboxRow, OutboxStore, StoreNews } from './outbox-store.ts';
export type { WaitingRows } from './waiting-rows.ts';
export { outboxDirectory, outboxIsThere } from './places.ts';
export { keyFields, messageLine, type OutboxLine } from './json-lines.ts';
export { quietly } from './quiet-sqlite.ts';
export type { SpoolableMessage } from './write-queue.ts';
