import type { CallFailure, ReadFault, ReadHealth } from '../core/index.ts';
import type { HaError } from '../errors.ts';
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
 * What is told of a read that failed. A region that is not the active one is not news each time that it goes on failing;
 * the refusals of the active one are thrown instead.
 */
export function readNews(step: FailedStep): HaEvent | undefined {
  const { region, role, active, after } = step;
  const turned = after.state !== step.before.state;
  if (after.state === 'refused') {
    return turned && !active ? { type: 'warning', about: region, message: step.error.message } : undefined;
  }
  switch (step.fault) {
    case 'cursor':
      return { type: 'cursor-renewed', region, because: step.error.message };
    // Told when it is known what was lost.
    case 'retention':
    case 'throttled':
    case 'refused':
      return undefined;
    case 'region':
    case 'absent':
    case 'passing': {
      const { failure, pauseMs } = step;
      const news = active || turned || after.state === 'retrying';
      return news ? { type: 'read-failed', region, role, failure, retryInMs: pauseMs } : undefined;
    }
  }
}
