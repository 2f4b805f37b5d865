import type { Clock } from '../clock.ts';
import { HaError } from '../errors.ts';
import type { WriteQueue } from './write-queue.ts';

/** Closing waits so long for a disk that does not answer, in ms. */
export const DISK_PATIENCE_MS = 5_000;

interface ClosingParts {
  readonly directory: string;
  readonly clock: Clock;
  readonly queue: WriteQueue;
  /** Resolves when all that was taken is on disk or cannot be written, and what is stored is removed. */
  readonly flush: () => Promise<void>;
  readonly acknowledgeAwaited: () => void;
  /** Asks the stores for nothing more. */
  readonly closeStores: () => Promise<unknown>;
}

/**
 * Messages that were taken and cannot be written fail; senders that wait for a region learn that theirs are on disk. Ends
 * also when the disk does not answer.
 */
export async function closeOutbox(parts: ClosingParts): Promise<void> {
  const { queue } = parts;
  const hasAnswered = await inTime(parts, parts.flush());
  const unknown = silence(parts);
  const unsent = refusal(parts, 'is not stored: no region took it');
  const sent = refusal(parts, 'may be stored: it was being sent, and no region answered that it has it');
  for (const message of queue.take(Infinity, Infinity)) {
    const error = message.wasSent ? sent : unsent;
    message.fail(hasAnswered ? error : unknown);
    message.release();
  }
  parts.acknowledgeAwaited();
  queue.close();
  await inTime(parts, parts.closeStores());
}

async function inTime({ clock }: ClosingParts, asked: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const cancel = clock.after(DISK_PATIENCE_MS, () => late.resolve(false));
  const isInTime = await Promise.race([asked.then(() => true as const), late.promise]);
  cancel();
  return isInTime;
}

/** `state`: what is known of the message. */
function refusal({ queue, directory }: ClosingParts, state: string): HaError {
  const why = queue.problem?.because ?? 'it was closed';
  return new HaError(
    'OUTBOX_FULL',
    `The message ${state}, and the outbox ${directory} could not take it: ${why}.`,
  );
}

function silence({ directory }: ClosingParts): HaError {
  const words = `The message is not known to be stored: the producer was closed, and the disk of the outbox ${directory} did not answer within ${DISK_PATIENCE_MS} ms. It may be stored there: then the next start sends it.`;
  return new HaError('CLOSED', words);
}
