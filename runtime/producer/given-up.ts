import { HaError, thrownInWords } from '../errors.ts';
import { whenAborted } from '../when-aborted.ts';
import type { PendingMessage } from './pending-message.ts';

/** What `settled` ends in; when the signal aborts first, what is not settled by then fails. */
export function unlessAborted<T>(
  signal: AbortSignal,
  settled: Promise<T>,
  messages: readonly PendingMessage[],
): Promise<T> {
  const ignoreSignal = whenAborted(signal, () => {
    for (const message of messages) {
      if (message.isSettled) continue;
      message.fail(abortedError(signal, message.wasSent));
      if (message.slot === undefined) message.release();
      else message.slot.lane.remove(message);
    }
  });
  return settled.finally(ignoreSignal);
}

/** Resolves when `change` does, or when the signal aborts. */
export async function orAborted(change: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const ignoreSignal = whenAborted(signal, resolve);
  await Promise.race([change, aborted]);
  ignoreSignal();
}

/** For a message that a lane holds when its producer closes. */
export function closedMeanwhile({ wasSent }: PendingMessage): HaError {
  return wasSent
    ? new HaError('CLOSED', 'The message may be stored: the producer was closed while it was being sent.')
    : closedError('was closed before it was sent');
}

/** For a message that was never sent. */
export function closedError(predicate: string): HaError {
  return new HaError('CLOSED', `The message is not stored: the producer ${predicate}.`);
}

export function abortedError(signal: AbortSignal | undefined, wasSent: boolean): HaError {
  const state = wasSent ? 'it was being sent and may be stored' : 'it was not sent';
  return new HaError('ABORTED', `The sender gave the message up; ${state}.`, { cause: signal?.reason });
}

export function tooOld(ageMs: number, limitMs: number, wasSent: boolean): HaError {
  const state = wasSent ? 'may be stored: it was being sent' : 'is not sent';
  return new HaError(
    'TOO_OLD',
    `The message ${state}. It is ${Math.round(ageMs / 1_000)} s old, more than ${limitMs} ms (\`maxMessageAgeMs\`).`,
  );
}

/** For a message that cannot be sent, because of something that was thrown. */
export function unsent(pending: PendingMessage, error: unknown): HaError {
  const code = error instanceof HaError ? error.code : 'CALL_FAILED';
  const why = thrownInWords(error);
  const state = pending.wasSent ? 'may be stored: it was being sent' : 'is not stored';
  return new HaError(code, `The message ${state}. ${why}`, { cause: error });
}
