import type { Batch } from './batch-queue.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import { handle, pauseAfter, type Handler, type HandlingParts } from './handle-message.ts';

/**
 * Handles messages of one read, in order: all of them when nothing failed. All are handled when this returns, or when the returned
 * promise resolves. When it fails, it gets all of them again, so it must bear to see a message twice.
 */
export type BatchHandler = (messages: readonly ConsumedMessage[]) => unknown;

/** Handles a batch message by message, until `signal` aborts. */
export async function handleOneByOne(
  batch: Batch,
  parts: HandlingParts & { readonly handler: Handler },
): Promise<void> {
  for (;;) {
    // Without a promise where there is none: a turn of the event queue for each message takes longer than a short handler.
    const claimed = claim(batch, parts.signal);
    const message = claimed instanceof Promise ? await claimed : claimed;
    if (message === undefined) return;
    const handling = handle(message, parts.handler, parts);
    if (handling !== true && !(await handling)) return;
    batch.advance();
  }
}

/**
 * Handles a batch in one call, or in several when loops beside this one have copies of its messages. When the calls are used up, the
 * handler gets each message by itself, as often again: one bad message does not make dead letters of its neighbours. It ends early
 * when `signal` aborts.
 */
export async function handleTogether(
  batch: Batch,
  parts: HandlingParts & { readonly handler: BatchHandler },
): Promise<void> {
  const { handler, signal } = parts;
  while (!batch.isFinished && !signal.aborted) {
    const claimed = batch.claimAll();
    if (claimed instanceof Promise) {
      await endedOrAborted(claimed, signal);
      continue;
    }
    const areHandled = claimed.length > 1 && (await callWithAll(claimed, parts));
    if (areHandled || claimed.length === 0) {
      batch.advanceClaimed();
      continue;
    }
    for (const _ of claimed) {
      const message = signal.aborted ? undefined : batch.current();
      if (message === undefined) return;
      const isHandled = await handle(message, (alone) => handler([alone]), parts);
      if (!isHandled) return;
      batch.advance();
    }
  }
}

/** Calls the handler until it succeeds, with backoff. False: its calls are used up, or `signal` has aborted. */
async function callWithAll(
  messages: readonly ConsumedMessage[],
  parts: HandlingParts & { readonly handler: BatchHandler },
): Promise<boolean> {
  const { handler, clock, emit, signal } = parts;
  const { region, partition, offset } = messages[0]!;
  for (let attempt = 1; ; attempt++) {
    try {
      await handler(messages);
      return true;
    } catch (error) {
      const pauseMs = pauseAfter(attempt, parts);
      const retryInMs = pauseMs ?? 0;
      const { length } = messages;
      emit({
        type: 'handler-failed',
        region,
        partition,
        offset,
        messages: length,
        attempt,
        error,
        retryInMs,
      });
      if (pauseMs === undefined) return false;
      await clock.sleep(retryInMs, { signal }).catch(() => {});
      if (signal.aborted) return false;
    }
  }
}

/** The first message that is not handled, once no other loop has a copy of it; undefined when there is none, or `ends` aborts. */
export function claim(
  batch: Batch,
  ends: AbortSignal,
): ConsumedMessage | undefined | Promise<ConsumedMessage | undefined> {
  const message = ends.aborted ? undefined : batch.current();
  const copy = message && batch.claim();
  return copy === undefined ? message : endedOrAborted(copy, ends).then(() => claim(batch, ends));
}

function endedOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort);
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}
