import type { Clock } from '../clock.ts';
import {
  afterReadFailure,
  errorCode,
  NOT_READ_YET,
  type CallFailure,
  type ReadFault,
  type ReadHealth,
} from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import type { HaEvent, Role } from '../events.ts';
import type { Settings } from '../settings/index.ts';

interface FailedStep {
  /** Of the service, for example `GetMessages`. */
  readonly operation: string;
  readonly fault: ReadFault;
  readonly failure: CallFailure;
  /** The region is the active one: its failures matter more. */
  readonly active: boolean;
}

/** What follows from a failed step. */
interface Consequence {
  readonly error: HaError;
  /** How long to pause before the next step, in ms. */
  readonly pauseMs: number;
  /** For the region that is not active only changes are events. */
  readonly event: HaEvent | undefined;
}

interface HealthParts {
  readonly region: string;
  readonly role: Role;
  readonly settings: Settings;
  readonly clock: Clock;
}

/** What the results of reading one region show of it, by the rules of `core/read-health.ts`. */
export class ReadingHealth {
  readonly #parts: HealthParts;
  #now: ReadHealth = NOT_READ_YET;
  #error: HaError | undefined;

  constructor(parts: HealthParts) {
    this.#parts = parts;
  }

  get now(): ReadHealth {
    return this.#now;
  }

  /** Of the latest failure. */
  get error(): HaError | undefined {
    return this.#error;
  }

  answered(): void {
    this.#now = { type: 'answering', at: this.#parts.clock.now() };
  }

  /** Nothing of it is known any more. */
  forget(): void {
    this.#now = NOT_READ_YET;
  }

  failed(step: FailedStep): Consequence {
    const { clock, settings } = this.#parts;
    const before = this.#now;
    const times = { now: clock.now(), wallMs: clock.wall(), chance: clock.random() };
    const { health, pauseMs } = afterReadFailure(before, { ...step, ...times }, settings);
    const error = this.#errorFor(step, health);
    this.#now = health;
    this.#error = error;
    return { error, pauseMs, event: this.#eventFor(step, before, error, pauseMs) };
  }

  /** For a refusal the message names the stream. */
  #errorFor({ operation, failure }: FailedStep, after: ReadHealth): HaError {
    const { region, role } = this.#parts;
    const error = new CallError({ region, operation }, failure);
    if (after.type !== 'refused') return error;
    const message = `The ${role} stream in ${region} cannot be read: ${error.message}`;
    return new HaError(errorCode(failure), message, { cause: error });
  }

  #eventFor(
    { fault, failure, active }: FailedStep,
    before: ReadHealth,
    { message }: HaError,
    pauseMs: number,
  ): HaEvent | undefined {
    const { region, role } = this.#parts;
    const after = this.#now;
    // The consumer itself ended the call.
    if (failure.type === 'aborted') return undefined;
    const readFailed: HaEvent = { type: 'read-failed', region, role, failure, retryInMs: pauseMs };
    if (after.type === 'refused') {
      if (active && !after.final) return readFailed;
      const known = before.type === 'refused' && before.latest === after.latest && (!active || before.final);
      return known ? undefined : { type: 'warning', code: 'read-refused', region, message };
    }
    switch (fault) {
      case 'cursor':
        return { type: 'cursor-renewed', region, because: message };
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
}
