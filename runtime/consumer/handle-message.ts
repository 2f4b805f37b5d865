import type { Clock } from '../clock.ts';
import { backoffMs } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Settings } from '../settings/index.ts';
import type { ConsumedMessage } from './consumed-message.ts';

/** Handles a message. The message is handled when this returns, or when the returned promise resolves. */
export type Handler = (message: ConsumedMessage) => unknown;

/** What a dead-letter hook is told beside the message and the last error. */
export interface HandlingContext {
  /** Calls of the handler for this message alone. */
  readonly attempts: number;
  /** Aborts when the run ends or the consumer closes. A hook that rejects then leaves the message for the next reader. */
  readonly signal: AbortSignal;
}

/** Takes a message that the handler failed with `maxHandlerAttempts` times. The message is handled when the hook has resolved. */
export type DeadLetterHook = (message: ConsumedMessage, error: unknown, context: HandlingContext) => unknown;

export interface HandlingParts {
  readonly onDeadLetter: DeadLetterHook | undefined;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** Ends the wait before the next attempt. */
  readonly signal: AbortSignal;
}

/**
 * Calls the handler with one message until it succeeds, with backoff. False: the run ended before that. True, without a
 * promise, when the handler gave none: a promise for each message takes longer than a short handler.
 *
 * It does not use `retry.ts` (p-retry), which gives up at a `TypeError` and makes several objects per call.
 *
 * @throws HaError `HANDLER` when the attempts are used up and there is no dead-letter hook.
 */
export function handle(
  message: ConsumedMessage,
  handler: Handler,
  parts: HandlingParts,
): true | Promise<boolean> {
  try {
    const handling = handler(message);
    if (!isThenable(handling)) return true;
    return succeeded(handling, message, handler, parts);
  } catch (error) {
    return tryAgain(message, error, handler, parts);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && 'then' in value && typeof value.then === 'function';
}

async function succeeded(
  handling: PromiseLike<unknown>,
  message: ConsumedMessage,
  handler: Handler,
  parts: HandlingParts,
): Promise<boolean> {
  try {
    await handling;
    return true;
  } catch (error) {
    return tryAgain(message, error, handler, parts);
  }
}

/**
 * The wait before the next call of the handler, in ms; undefined: its calls are used up. A call that fails as the run ends is not
 * the last one: the end of the run may be why it failed (a handler that takes the same signal), so the next run gets its messages.
 */
export function pauseAfter(
  attempt: number,
  { settings, clock, signal }: Pick<HandlingParts, 'settings' | 'clock' | 'signal'>,
): number | undefined {
  if (attempt >= settings.maxHandlerAttempts && !signal.aborted) return undefined;
  return backoffMs(attempt, undefined, settings, clock.random());
}

/** After the first call of the handler has failed with `error`. */
async function tryAgain(
  message: ConsumedMessage,
  error: unknown,
  handler: Handler,
  parts: HandlingParts,
): Promise<boolean> {
  const { clock, emit, signal } = parts;
  const { region, partition, offset } = message;
  for (let attempt = 1; ; attempt++) {
    const retryInMs = pauseAfter(attempt, parts);
    emit({ type: 'handler-failed', region, partition, offset, messages: 1, attempt, error, retryInMs });
    if (retryInMs === undefined) return giveUp(message, error, parts);
    await clock.sleep(retryInMs, { signal }).catch(() => {});
    if (signal.aborted) return false;
    try {
      await handler(message);
      return true;
    } catch (again) {
      error = again;
    }
  }
}

async function giveUp(message: ConsumedMessage, error: unknown, parts: HandlingParts): Promise<boolean> {
  const { settings, signal } = parts;
  if (parts.onDeadLetter === undefined) {
    throw stopped(message, `The handler failed ${settings.maxHandlerAttempts} times`, error);
  }
  try {
    await parts.onDeadLetter(message, error, { attempts: settings.maxHandlerAttempts, signal });
    return true;
  } catch (hookError) {
    if (signal.aborted) return false;
    throw stopped(message, 'The handler failed, and so did the dead-letter hook,', hookError);
  }
}

function stopped({ region, partition, offset }: ConsumedMessage, what: string, cause: unknown): HaError {
  return new HaError(
    'HANDLER',
    `${what} with the message in ${region}, partition ${partition}, offset ${offset}. ` +
      'It is not committed and is delivered again; correct the handler, or give it a place for such messages (`deadLetters`, onDeadLetter).',
    { cause },
  );
}
