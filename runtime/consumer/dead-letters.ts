import type { Clock } from '../clock.ts';
import {
  backoffMs,
  isTransient,
  retryHintMs,
  sizeProblem,
  writeDeadLetter,
  type DeadLetter,
} from '../core/index.ts';
import { CallError, HaError, thrownInWords } from '../errors.ts';
import type { EventListener, HaEvent, Role } from '../events.ts';
import { answerOf, type Answer, type EncodedMessage, type Region, type StreamRef } from '../region.ts';
import { retry } from '../retry.ts';
import type { Settings } from '../settings/index.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { DeadLetterHook, HandlingContext } from './handle-message.ts';

/** A stream for dead letters in one region. */
interface DeadLetterStream {
  readonly region: Pick<Region, 'name' | 'put'>;
  /** Undefined: there is none of this name. */
  readonly locate: (signal: AbortSignal) => Promise<Answer<StreamRef | undefined>>;
  /** What was found cannot be used: the next call looks again. */
  readonly forget: () => void;
}

interface DeadLetterParts {
  readonly name: string;
  readonly streams: Readonly<Record<Role, DeadLetterStream>>;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
}

/**
 * Stores what a handler failed with in a stream, with the reason. The region of the message is tried first, then the other
 * one. It resolves when a region has stored the dead letter: only then is the message committed. An outage of both regions is
 * waited out, with a warning at its start.
 */
export function deadLetterHook(parts: DeadLetterParts): DeadLetterHook {
  return async (message, error, context) => {
    const { clock, settings } = parts;
    const encoded = encode(message, deadLetterOf(message, error, context), parts);
    await retry(() => store(message, encoded, context, parts), {
      maxAttempts: Number.POSITIVE_INFINITY,
      clock,
      signal: context.signal,
      after: (error, attempt) => {
        // The run ended, and with it the call.
        if (context.signal.aborted) return 'give-up';
        if (!(error instanceof CallError) || !isTransient(error.failure)) return 'give-up';
        if (attempt === 1) parts.emit(waiting(message, error, parts));
        const { failure } = error;
        const hint = failure.type === 'status' ? retryHintMs(failure, clock.wall()) : undefined;
        return backoffMs(attempt, hint, settings, clock.random());
      },
    });
  };
}

/** Nothing else says why this consumer stands still: its reads succeed, and the handler is not called. */
function waiting(
  { region, partition, offset }: ConsumedMessage,
  { message }: Error,
  { name }: DeadLetterParts,
): HaEvent {
  return {
    type: 'warning',
    code: 'dead-letter-waits',
    region,
    message: `The dead letter of ${region}, partition ${partition}, offset ${offset} cannot be stored in ${name} now (${message}): it is tried again until a region takes it, and what comes after it waits.`,
  };
}

/** Of a dead letter that failed again: still its first position, and the attempts in all. */
function deadLetterOf(
  { region, stream, partition, offset, deadLetter }: ConsumedMessage,
  error: unknown,
  { attempts }: HandlingContext,
): DeadLetter {
  return {
    id: `${stream}/${partition}/${offset}`,
    reason: thrownInWords(error),
    attempts: attempts + (deadLetter?.attempts ?? 0),
    first: deadLetter?.first ?? { region, stream, partition, offset },
  };
}

interface EncodedLetter extends EncodedMessage {
  /** False: it does not fit with its reason, and is stored without. */
  readonly hasReason: boolean;
}

function encode(message: ConsumedMessage, letter: DeadLetter, parts: DeadLetterParts): EncodedLetter {
  const { clock, settings } = parts;
  const time = new Date(clock.wall()).toISOString();
  const whole = writeDeadLetter(letter, settings.group, time, message.stored);
  const keyBytes = message.key?.byteLength ?? 0;
  const hasReason = sizeProblem(keyBytes, whole.byteLength) === undefined;
  const value = hasReason ? whole : message.stored;
  return {
    key: message.key === null ? null : Buffer.from(message.key).toString('base64'),
    value: Buffer.from(value).toString('base64'),
    bytes: keyBytes + value.byteLength,
    hasReason,
  };
}

/** One attempt in each region that has the stream. */
async function store(
  message: ConsumedMessage,
  encoded: EncodedLetter,
  { attempts, signal }: HandlingContext,
  { name, streams, emit }: DeadLetterParts,
): Promise<void> {
  const failures: CallError[] = [];
  const absent: DeadLetterStream[] = [];
  const { primary, secondary } = streams;
  const ownFirst = message.role === 'primary' ? [primary, secondary] : [secondary, primary];
  for (const stream of ownFirst) {
    const { region, locate, forget } = stream;
    const located = await answerOf(() => locate(signal), signal);
    if (located.ok && located.value?.ocid === message.stream) throw readAgain(name);
    const stored = located.ok ? await put(region, located.value, encoded, signal) : located;
    if (stored === undefined) {
      absent.push(stream);
      continue;
    }
    if (stored.ok) {
      const from = { region: message.region, partition: message.partition, offset: message.offset };
      emit({
        type: 'dead-letter-stored',
        ...from,
        attempts,
        stream: name,
        to: region.name,
        hasReason: encoded.hasReason,
      });
      return;
    }
    if (!isTransient(stored.failure)) forget();
    failures.push(new CallError({ region: region.name, operation: 'PutMessages' }, stored.failure));
  }
  for (const { forget } of absent) forget();
  const passing = failures.find(({ failure }) => isTransient(failure));
  throw (
    passing ?? failures[0] ?? new HaError('CONFIG', `There is no stream ${name} for dead letters any more.`)
  );
}

function readAgain(name: string): HaError {
  return new HaError(
    'CONFIG',
    `\`deadLetters\` ${name} is the stream that the message was read from: a message that fails would be read again for ever. Name another stream.`,
  );
}

/** Undefined when the region has no such stream. */
async function put(
  region: DeadLetterStream['region'],
  stream: StreamRef | undefined,
  message: EncodedMessage,
  signal: AbortSignal,
): Promise<Answer<null> | undefined> {
  if (stream === undefined) return undefined;
  const answer = await answerOf(() => region.put(stream, [message], { signal }), signal);
  if (!answer.ok) return answer;
  const [result] = answer.value;
  if (result?.type === 'stored') return { ok: true, value: null };
  if (result?.type === 'refused') {
    const { status, error: code, message } = result;
    return { ok: false, failure: { type: 'status', status, code, message } };
  }
  return {
    ok: false,
    failure: { type: 'unreadable', status: 200, start: 'the answer does not name the message' },
  };
}
