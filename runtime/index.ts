import './needs-node.js';

export type { ConsumedMessage, DeadLetterHook, Handler, RunOptions } from './consumer/index.ts';
export { StreamConsumer } from './consumer/index.ts';
export type { CallFailure, Evidence, FailureKind } from './core/index.ts';
export type { Receipt } from './delivered.ts';
export { CallError, HaError, type HaErrorCode } from './errors.ts';
export type { EventListener, HaEvent, Role } from './events.ts';
export { StreamManager } from './manager/index.ts';
export { openConsumer, openManager, openProducer, type OpenContext } from './open/index.ts';
export { StreamProducer, type Message } from './producer/index.ts';
export {
  exportEnv,
  loadSecondaryStreamEndpoint,
  loadSecondaryStreamOcid,
  saveSecondaryStream,
} from './record/index.ts';
export type { StreamRef } from './region.ts';
export type { Options, Settings } from './settings/index.ts';
