import type { Clock } from '../clock.ts';
import {
  answerMeaning,
  callLimitMs,
  failureKind,
  hashOf,
  nextStep,
  overtaken,
  refusalsIn,
  type CallFailure,
  type NextStep,
  type Refusals,
  type RetryLimits,
} from '../core/index.ts';
import { CallError, thrownInWords } from '../errors.ts';
import type { EventListener, HaEvent } from '../events.ts';
import { answerOf, type Answer, type EncodedMessage, type PutResult } from '../region.ts';
import { retry } from '../retry.ts';
import type { Settings } from '../settings/index.ts';
import type { Lease, Router } from './router.ts';

/** How a round of attempts for one batch under one lease ended. */
export type RoundEnd =
  | { readonly type: 'answered'; readonly results: readonly PutResult[] }
  /** The epoch ended, or the router closes: the batch needs another lease. */
  | { readonly type: 'lease-ended' }
  /** Every attempt failed. `pauseMs`: the wait before the next round, if the region stays the active one. */
  | {
      readonly type: 'used-up';
      readonly attempts: number;
      readonly pauseMs: number;
      readonly error: CallError;
    }
  /** A message of the batch makes it invalid: each half is to be sent by itself. */
  | { readonly type: 'split' }
  /** The stream answers 404. */
  | { readonly type: 'absent'; readonly attempts: number; readonly error: CallError }
  | { readonly type: 'rejected'; readonly error: CallError };

export interface PutParts {
  readonly router: Router;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly partitions: PartitionNames;
  /** Counts every put. */
  readonly requests: { attempts: number };
}

/** One round of attempts. `core/next-step.ts` decides whether to go on, and how long to wait. */
export async function putWithRetries(
  lease: Lease,
  messages: readonly EncodedMessage[],
  attemptsBefore: number,
  parts: PutParts,
): Promise<RoundEnd> {
  const { router, settings, clock, emit } = parts;
  const limits: RetryLimits = lease.trial ? { ...settings, maxAttempts: 1, retryWindowMs: 0 } : settings;
  const beganAt = clock.now();
  const call = new PutCall(lease, messages, parts);
  let attempts = 0;
  let step: NextStep | undefined;
  try {
    const results = await retry(() => call.attempt(), {
      maxAttempts: Infinity,
      clock,
      signal: lease.ended,
      after: (error, attempt) => {
        if (!(error instanceof CallError) || router.closing.aborted) return 'give-up';
        const { failure } = error;
        const failed: HaEvent = {
          type: 'attempt-failed',
          region: lease.region.name,
          role: lease.role,
          attempt: attemptsBefore + attempt,
          failure,
          kind: failureKind(failure),
          messages: messages.length,
        };
        if (isOver(lease, router)) {
          // It may have stored the messages, which go to the other region now.
          emit(failed);
          return 'give-up';
        }
        attempts = attempt;
        step = nextStep(
          {
            failure,
            messages: messages.length,
            attempt,
            elapsedMs: clock.now() - beganAt,
            tookMs: call.tookMs,
            usedUpBefore: attemptsBefore > 0,
            wallMs: clock.wall(),
            chance: clock.random(),
          },
          limits,
        );
        emit('afterMs' in step ? { ...failed, retryInMs: step.afterMs } : failed);
        return step.type === 'retry' ? step.afterMs : 'give-up';
      },
    });
    return { type: 'answered', results };
  } catch (error) {
    if (isOver(lease, router)) return { type: 'lease-ended' };
    if (error instanceof CallError && step !== undefined) return endOf(step, attempts, error);
    const detail = thrownInWords(error);
    const where = { region: lease.region.name, operation: 'PutMessages' };
    return { type: 'rejected', error: new CallError(where, { type: 'local', detail }, { cause: error }) };
  }
}

function endOf(step: NextStep, attempts: number, error: CallError): RoundEnd {
  switch (step.type) {
    case 'split':
      return { type: 'split' };
    case 'verify-stream':
      return { type: 'absent', attempts, error };
    case 'retry':
    case 'used-up':
      return { type: 'used-up', attempts, pauseMs: step.afterMs, error };
    case 'reject':
      return { type: 'rejected', error };
  }
}

function isOver(lease: Lease, router: Router): boolean {
  return lease.ended.aborted || router.closing.aborted;
}

/** One put, repeated at each attempt. Every attempt is reported to the router. */
class PutCall {
  readonly #lease: Lease;
  readonly #messages: readonly EncodedMessage[];
  readonly #parts: PutParts;
  readonly #limitMs: number;
  /** Duration of the latest attempt. */
  tookMs = 0;

  constructor(lease: Lease, messages: readonly EncodedMessage[], parts: PutParts) {
    this.#lease = lease;
    this.#messages = messages;
    this.#parts = parts;
    const bytes = messages.reduce((sum, message) => sum + message.bytes, 0);
    // Base64 is 4/3 as long as the bytes.
    this.#limitMs = callLimitMs(parts.settings.requestTimeoutMs, (bytes * 4) / 3);
  }

  /** @throws CallError unless the answer stored something. */
  async attempt(): Promise<readonly PutResult[]> {
    const lease = this.#lease;
    const { router, clock } = this.#parts;
    await router.takeTurn(lease);
    const startedAt = clock.now();
    this.#parts.requests.attempts++;
    const signal = router.closing;
    const put = (): Promise<Answer<PutResult[]>> =>
      lease.region.put(lease.stream, this.#messages, { signal });
    const answer = await answerOf(put, signal);
    const at = clock.now();
    this.tookMs = at - startedAt;
    const failure = answer.ok ? failureIn(answer.value, this.#messages.length) : answer.failure;
    const reported = { at, epoch: lease.epoch, role: lease.role, trial: lease.trial };
    if (failure !== undefined) {
      const everyEntryRefused = answer.ok && failure.type === 'status';
      if (answer.ok && everyEntryRefused) this.#reportRefusals(answer.value);
      router.report({
        type: 'put-failed',
        ...reported,
        startedAt,
        failure,
        limitMs: this.#limitMs,
        everyEntryRefused,
        refusals: answer.ok && everyEntryRefused ? this.#refusalsIn(answer.value) : 'none',
      });
      throw new CallError({ region: lease.region.name, operation: 'PutMessages' }, failure);
    }
    const results = answer.ok ? answer.value : [];
    const stored = results.reduce((count, { type }) => (type === 'stored' ? count + 1 : count), 0);
    this.#parts.partitions.learn(lease.stream.ocid, this.#messages, results);
    const refused = results.length - stored;
    if (refused > 0) this.#reportRefusals(results);
    const refusals = refused > 0 ? this.#refusalsIn(results) : 'none';
    router.report({ type: 'put-answered', ...reported, tookMs: this.tookMs, stored, refused, refusals });
    return results;
  }

  #refusalsIn(results: readonly PutResult[]): Refusals {
    const { ocid } = this.#lease.stream;
    const keys = this.#messages.map(({ key }) => key);
    return refusalsIn(keys, results, (key) => this.#parts.partitions.partitionOf(ocid, key));
  }

  /** Reports refused entries, and messages that are out of order because of them. */
  #reportRefusals(results: readonly PutResult[]): void {
    const { emit, partitions } = this.#parts;
    const region = this.#lease.region.name;
    const { ocid } = this.#lease.stream;
    const keys = this.#messages.map((message) => message.key);
    const refusedKeys: (string | null | undefined)[] = [];
    let status: number | undefined;
    results.forEach((result, index) => {
      if (result.type !== 'refused') return;
      refusedKeys.push(keys[index]);
      status ??= result.status;
    });
    if (status !== undefined) {
      const named = { messages: refusedKeys.length, of: results.length, status };
      emit({ type: 'entries-refused', region, ...named, partitions: partitions.of(ocid, refusedKeys) });
    }
    const lost = overtaken(keys, results);
    if (lost.length > 0) emit({ type: 'reordered', region, messages: lost.length });
  }
}

/** An answer that stored nothing is a failure of the call. */
function failureIn(results: readonly PutResult[], messages: number): CallFailure | undefined {
  if (!Array.isArray(results) || results.length !== messages) {
    return { type: 'unreadable', status: 200, start: `not one result for each of ${messages} messages` };
  }
  const meaning = answerMeaning(results);
  switch (meaning.type) {
    case 'all-refused':
      return {
        type: 'status',
        status: meaning.status,
        code: 'every entry refused',
        message: meaning.message,
      };
    case 'unnamed':
      return { type: 'unreadable', status: 200, start: `no result for any of ${results.length} messages` };
    case 'stored':
    case 'partly-stored':
      return undefined;
  }
}

/** How many keys are remembered, at most: a power of two. */
const SLOTS = 2_048;
/** Entries of an answer that are looked at. */
const SAMPLE = 16;

/**
 * The partition of each key, from receipts: a refused entry does not name its partition. Each key has one slot, and
 * replaces the key that was there: a map that forgets its oldest key would cost more than the rest of a put.
 */
export class PartitionNames {
  readonly #streams: string[] = Array.from({ length: SLOTS }, () => '');
  readonly #keys: string[] = Array.from({ length: SLOTS }, () => '');
  readonly #partitions: string[] = Array.from({ length: SLOTS }, () => '');

  #from = 0;

  /** Of a large answer it takes a sample, each time another one. */
  learn(stream: string, messages: readonly EncodedMessage[], results: readonly PutResult[]): void {
    const count = Math.min(SAMPLE, results.length);
    for (let n = 0; n < count; n++) {
      const at = (this.#from + n) % results.length;
      const result = results[at];
      const key = messages[at]?.key ?? null;
      if (result?.type === 'stored' && key !== null) this.#learn(stream, key, result.partition);
    }
    if (count > 0) this.#from = (this.#from + count) % results.length;
  }

  #learn(stream: string, key: string, partition: string): void {
    const slot = hashOf(key) & (SLOTS - 1);
    if (this.#keys[slot] !== key) this.#keys[slot] = key;
    if (this.#streams[slot] !== stream) this.#streams[slot] = stream;
    if (this.#partitions[slot] !== partition) this.#partitions[slot] = partition;
  }

  /** The partition of a key, where it is known. */
  partitionOf(stream: string, key: string): string | undefined {
    const slot = hashOf(key) & (SLOTS - 1);
    return this.#keys[slot] === key && this.#streams[slot] === stream ? this.#partitions[slot] : undefined;
  }

  /** The partitions of these keys, where known, each once. */
  of(stream: string, keys: readonly (string | null | undefined)[]): string[] {
    const found = new Set<string>();
    for (const key of keys) {
      const partition = key === null || key === undefined ? undefined : this.partitionOf(stream, key);
      if (partition !== undefined) found.add(partition);
    }
    return [...found];
  }
}
