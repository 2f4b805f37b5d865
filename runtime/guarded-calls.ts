import type { CallFailure } from './core/index.ts';
import type { Answer, Region } from './region.ts';

/** The calls of the port that reading needs. */
export type ReadCalls = Pick<
  Region,
  'groupCursor' | 'read' | 'commit' | 'heartbeat' | 'group' | 'partitionCursor' | 'resetGroup'
>;

/**
 * The same calls, for certain as the port promises: each one ends in an answer, whatever the implementation throws, rejects
 * with or gives instead, and as soon as its signal aborts.
 */
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

/** What `call` ends in, and in any case an answer once `signal` aborts. Never rejects. */
export function answerOf<T>(call: () => Promise<Answer<T>>, signal?: AbortSignal): Promise<Answer<T>> {
  const { promise, resolve } = Promise.withResolvers<Answer<T>>();
  const abort = (): void => resolve(failed({ type: 'aborted', written: true }));
  const settle = (answer: Answer<T>): void => {
    signal?.removeEventListener('abort', abort);
    resolve(answer);
  };
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  Promise.try(call).then(
    (answer) =>
      settle(isAnswer(answer) ? answer : failed({ type: 'local', detail: 'a call gave no answer' })),
    (thrown: unknown) => settle(failed({ type: 'local', detail: thrownInWords(thrown) })),
  );
  return promise;
}

/** A value that was thrown, as text. Anything can be thrown, also what refuses to be looked at. */
export function thrownInWords(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return 'an error without words';
  }
}

function failed(failure: CallFailure): { readonly ok: false; readonly failure: CallFailure } {
  return { ok: false, failure };
}

function isAnswer(given: unknown): boolean {
  if (typeof given !== 'object' || given === null || !('ok' in given)) return false;
  return given.ok === true ? 'value' in given : 'failure' in given;
}
