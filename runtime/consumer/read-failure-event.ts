import { errorCode, type CallFailure, type ReadFault, type ReadHealth } from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import type { HaEvent, Role } from '../events.ts';

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

/**
 * The event for a read that failed, if there is one. A region that is not the active one is not news each time that it goes
 * on failing: only what changes is.
 */
export function readFailureEvent(step: FailedStep): HaEvent | undefined {
  const { region, role, active, failure, before, after, pauseMs } = step;
  // The consumer itself ended the call.
  if (failure.type === 'aborted') return undefined;
  const readFailed: HaEvent = { type: 'read-failed', region, role, failure, retryInMs: pauseMs };
  if (after.type === 'refused') {
    if (active && !after.final) return readFailed;
    const known = before.type === 'refused' && before.latest === after.latest && (!active || before.final);
    return known ? undefined : { type: 'warning', about: region, message: step.error.message };
  }
  switch (step.fault) {
    case 'cursor':
      return { type: 'cursor-renewed', region, because: step.error.message };
    // Told when it is known what was lost.
    case 'retention':
    case 'throttled':
      return undefined;
    case 'region':
    case 'passing':
    case 'absent':
    case 'unauthorized':
    case 'refused': {
      const changed = after.type !== before.type;
      return active || changed || after.type === 'retrying' ? readFailed : undefined;
    }
  }
}

/** The error for a failed read. A refusal says which stream it is about. */
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
