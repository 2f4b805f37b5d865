import './needs-node.js';

export type {
  BatchHandler,
  BatchRunOptions,
  ConsumedMessage,
  ConsumerStats,
  DeadLetterHook,
  Handler,
  HandlingContext,
  HeldPartition,
  Reading,
  RegionStats,
  RunOptions,
  StreamConsumer,
} from './consumer/index.ts';
export type {
  CallFailure,
  DeadLetter,
  Envelope,
  Evidence,
  FailureKind,
  MessagePosition,
} from './core/index.ts';
export { errorCodes } from './core/index.ts';
export { BatchError, CallError, HaError, isHaError, type BatchOutcome, type HaErrorCode } from './errors.ts';
export {
  eventTypes,
  warningCodes,
  type EventListener,
  type HaEvent,
  type Role,
  type WarningCode,
} from './events.ts';
export type { Message, ProducerStats, SendOptions, StreamManager, StreamProducer } from './producer/index.ts';
export type { AnyReceipt, OutboxReceipt, Receipt } from './receipt.ts';
export {
  exportEnv,
  loadSecondaryStreamEndpoint,
  loadSecondaryStreamOcid,
  saveSecondaryStream,
  type ExportOptions,
} from './record/index.ts';
export type { StreamRef } from './region.ts';
export type { ConsumerOptions, ProducerOptions } from './settings/index.ts';
export { openConsumer, openManager, openProducer, type OpenContext } from './wiring/index.ts';
