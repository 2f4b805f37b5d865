import type { Clock } from '../clock.ts';
import { retryHintMs, type EntryFate, type Evidence } from '../core/index.ts';
import type { Delivered, Fate, Receipt } from '../delivered.ts';
import { HaError, type CallError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { EncodedMessage } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { tryRound, type RoundEnd } from './round.ts';
import type { Site } from './site.ts';
import { whyAbsent } from './why-absent.ts';

/** Leave to write somewhere. A trial is one attempt at a region that seems well again. */
export interface Passage {
  readonly site: Site;
  readonly trial: boolean;
}

/** What a delivery asks of the manager, who alone decides where messages go. */
export interface DeliveryParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly closing: AbortSignal;
  /** Where to write now; waits while no region takes messages. */
  passage(): Promise<Passage>;
  judgedDown(site: Site, because: Evidence): void;
  streamGone(site: Site): void;
  stored(passage: Passage, messages: number): void;
  trialFailed(failure: string): void;
}

/**
 * Delivers one batch: attempts, rounds, the switch to the other region, halves where one message spoils the batch. Never
 * rejects: what went wrong is the fate of the messages.
 */
export async function deliver(messages: readonly EncodedMessage[], parts: DeliveryParts): Promise<Delivered> {
  const delivered = await deliverTo(messages, parts).catch((error: unknown) => {
    if (parts.closing.aborted) return everyMessage(messages, closed());
    throw error;
  });
  const rejected = delivered.fates.filter((fate) => fate.fate === 'rejected');
  const [first] = rejected;
  if (first !== undefined)
    parts.emit({ type: 'delivery-failed', messages: rejected.length, error: first.error });
  return delivered;
}

async function deliverTo(messages: readonly EncodedMessage[], parts: DeliveryParts): Promise<Delivered> {
  const { clock, settings } = parts;
  let triedMs = 0;
  let tried: { readonly site: Site; readonly attempts: number } | undefined;
  for (;;) {
    const passage = await parts.passage();
    const { site } = passage;
    const startedAt = clock.now();
    const before = tried?.site === site ? tried.attempts : 0;
    const round = await tryPassage(passage, messages, before, parts);
    switch (round.end) {
      case 'answered':
        return answered(passage, round.fates, parts);
      case 'left':
        break;
      case 'down':
        parts.judgedDown(site, round.because);
        break;
      case 'split':
        return inHalves(messages, parts);
      case 'rejected':
        return everyMessage(messages, rejection(round.error));
      case 'absent': {
        const verified = await whyAbsent(site, round.error, parts.closing);
        if (verified.stream === 'refused') return everyMessage(messages, verified.error);
        if (verified.stream === 'gone') parts.streamGone(site);
        else await clock.sleep(settings.baseDelayMs, { signal: parts.closing });
        break;
      }
      case 'used-up':
        tried = { site, attempts: before + round.attempts };
        break;
    }
    // Waiting for a region to take messages is not trying: that part has no limit but the caller's.
    triedMs += clock.now() - startedAt;
    if (triedMs >= settings.deliveryTimeoutMs) return everyMessage(messages, timedOut(round, settings));
  }
}

async function tryPassage(
  passage: Passage,
  messages: readonly EncodedMessage[],
  attemptsBefore: number,
  parts: DeliveryParts,
): Promise<RoundEnd> {
  const { site, trial } = passage;
  const { settings, clock, emit, closing } = parts;
  const limits = trial ? { ...settings, maxAttempts: 1, baseDelayMs: 0 } : settings;
  site.deliveries++;
  try {
    const round = await tryRound({ site, messages, attemptsBefore, limits, clock, emit, closing });
    if (!trial || round.end === 'answered') return round;
    parts.trialFailed('error' in round ? round.error.message : round.end);
    return { end: 'left' };
  } finally {
    site.deliveries--;
  }
}

function answered(
  passage: Passage,
  entries: readonly EntryFate<Omit<Receipt, 'region' | 'stream'>>[],
  parts: DeliveryParts,
): Delivered {
  const { site } = passage;
  const { settings, clock } = parts;
  const stream = site.stream?.ocid ?? '';
  let hintMs: number | undefined;
  const fates = entries.map((entry): Fate => {
    switch (entry.fate) {
      case 'stored':
        return { fate: 'stored', receipt: { region: site.name, stream, ...entry.receipt } };
      case 'refused':
        hintMs ??= retryHintMs({ message: entry.message }, clock.wall());
        return { fate: 'again', because: `${entry.status} ${entry.error} ${entry.message}`.trim() };
      case 'unnamed':
        return { fate: 'again', because: 'PROTOCOL: the answer has no result for this message' };
    }
  });
  const again = fates.some((fate) => fate.fate === 'again');
  parts.stored(passage, entries.length);
  const pauseMs = again ? Math.min(hintMs ?? settings.baseDelayMs * clock.random(), settings.maxDelayMs) : 0;
  return { fates, pauseMs };
}

/** The culprit of a 400 or 413 ends up alone, and its neighbours are stored, in order. */
async function inHalves(messages: readonly EncodedMessage[], parts: DeliveryParts): Promise<Delivered> {
  const middle = Math.ceil(messages.length / 2);
  const first = await deliverTo(messages.slice(0, middle), parts);
  // What the first half must send again would be overtaken by the second half: all of it goes again.
  if (first.fates.some((fate) => fate.fate === 'again')) {
    const rest = messages
      .slice(middle)
      .map((): Fate => ({ fate: 'again', because: 'waits for an earlier message' }));
    return { fates: [...first.fates, ...rest], pauseMs: first.pauseMs };
  }
  const second = await deliverTo(messages.slice(middle), parts);
  return { fates: [...first.fates, ...second.fates], pauseMs: second.pauseMs };
}

function everyMessage(messages: readonly EncodedMessage[], error: Error): Delivered {
  return { fates: messages.map((): Fate => ({ fate: 'rejected', error })), pauseMs: 0 };
}

function rejection(error: CallError): HaError {
  const status = error.failure.type === 'status' ? error.failure.status : 0;
  const code = status === 401 || status === 403 ? 'AUTH' : 'REJECTED';
  return new HaError(code, `Message not stored: ${error.message}`, { cause: error });
}

function timedOut(round: RoundEnd, settings: Settings): HaError {
  const last = 'error' in round ? round.error : undefined;
  return new HaError(
    'DELIVERY_TIMEOUT',
    `Message not stored within ${settings.deliveryTimeoutMs} ms (deliveryTimeoutMs); last: ${last?.message ?? round.end}. ` +
      'It may be stored if an attempt got no answer.',
    { cause: last },
  );
}

function closed(): HaError {
  return new HaError(
    'CLOSED',
    'Message not stored: the producer was closed while no region took it. It may be stored if an attempt got no answer.',
  );
}
