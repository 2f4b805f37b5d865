import { errorCode, type CallFailure, type ReadFault, type ReadHealth } from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import type { HaEvent, Role } from '../events.ts';
import { answerOf, type Region } from '../region.ts';

/** The calls of a region that a consumer makes. */
export type ReadCalls = Pick<
  Region,
  'groupCursor' | 'read' | 'commit' | 'heartbeat' | 'group' | 'partitionCursor' | 'resetGroup'
>;

/** The same calls, but each one ends in an `Answer`, also when the implementation throws, and at once when its signal aborts. */
export function guardedCalls(region: ReadCalls): ReadCalls {
  return {
    groupCursor: (stream, group, options) =>
      answerOf(() => region.groupCursor(stream, group, options), options?.signal),
    read: (stream, cursor, options) => answerOf(() => region.read(stream, cursor, options), options.signal),
    commit: (stream, cursor, options) =>
      answerOf(() => region.commit(stream, cursor, options), options?.signal),
    heartbeat: (stream, cursor, options) =>
      answerOf(() => region.heartbeat(stream, cursor, options), options?.signal),
    group: (stream, group, options) => answerOf(() => region.group(stream, group, options), options?.signal),
    partitionCursor: (stream, partition, from, options) =>
      answerOf(() => region.partitionCursor(stream, partition, from, options), options?.signal),
    resetGroup: (stream, group, to, options) =>
      answerOf(() => region.resetGroup(stream, group, to, options), options?.signal),
  };
}

interface FailedStep {
  readonly region: string;
  readonly role: Role;
  readonly active: boolean;
  readonly fault: ReadFault;
  readonly failure: CallFailure;
  readonly error: HaError;
  readonly before: ReadHealth;
  readonly after: ReadHealth;
  readonly pauseMs: number;
}

/** The event for a failed read, if there is one. For the region that is not active only changes are events. */
export function readFailureEvent(step: FailedStep): HaEvent | undefined {
  const { region, role, active, failure, before, after, pauseMs } = step;
  // The consumer itself ended the call.
  if (failure.type === 'aborted') return undefined;
  const readFailed: HaEvent = { type: 'read-failed', region, role, failure, retryInMs: pauseMs };
  if (after.type === 'refused') {
    if (active && !after.final) return readFailed;
    const known = before.type === 'refused' && before.latest === after.latest && (!active || before.final);
    return known ? undefined : { type: 'warning', code: 'read-refused', region, message: step.error.message };
  }
  switch (step.fault) {
    case 'cursor':
      return { type: 'cursor-renewed', region, because: step.error.message };
    // The event `gap` comes later, with the lost offsets.
    case 'retention':
    case 'throttled':
      return undefined;
    case 'region':
    case 'temporary':
    case 'absent':
    case 'unauthorized':
    case 'refused': {
      const changed = after.type !== before.type;
      return active || changed || after.type === 'retrying' ? readFailed : undefined;
    }
  }
}

/** The error for a failed read. For a refusal the message names the stream. */
export function readError(
  failure: CallFailure,
  after: ReadHealth,
  { region, role, operation }: { readonly region: string; readonly role: Role; readonly operation: string },
): HaError {
  const error = new CallError({ region, operation }, failure);
  if (after.type !== 'refused') return error;
  const message = `The ${role} stream in ${region} cannot be read: ${error.message}`;
  return new HaError(errorCode(failure), message, { cause: error });
}
