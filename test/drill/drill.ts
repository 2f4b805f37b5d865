import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  HaError,
  openConsumer,
  openProducer,
  type HaEvent,
  type OpenContext,
  type Receipt,
} from '../../runtime/index.ts';
import { checkMessages, type JudgedRun, type StoredPlace } from '../simulation/check/messages.ts';
import { text, type Sent } from '../simulation/world/sent.ts';

export interface DrillPlan {
  readonly messages: number;
  /** Messages are spread over so many keys. */
  readonly keys: number;
  /** Infinity: as fast as they are taken. */
  readonly perSecond: number;
  /** How long, in ms, to read after the last message is settled. */
  readonly readForMs: number;
}

export interface DrillResult {
  /** Stored messages by region. */
  readonly stored: Readonly<Record<string, number>>;
  /** Messages that were rejected, by the error's code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Messages that were read once more than they were sent. */
  readonly copies: number;
  /** Messages in attempts that failed: so many copies may come of them. */
  readonly attemptedAgain: number;
  readonly failovers: number;
  /** The longest time from `send` to the receipt, in ms. */
  readonly slowestMs: number;
  readonly violations: readonly { readonly type: string; readonly detail: string }[];
}

/** What is known of a drill that has not ended. */
export interface DrillProgress {
  readonly sent: number;
  /** By region, as acknowledged. */
  readonly stored: Readonly<Record<string, number>>;
  /** By the error's code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Messages that were read, each counted once. */
  readonly read: number;
}

/** The clocks of this machine and of the regions may differ by so much, in ms. */
const CLOCK_SKEW_MS = 120_000;

/**
 * Writes numbered messages with the real library to the streams that the settings name, real or emulated, reads them back
 * through a group of its own, and judges the run by the simulator's checker.
 * @throws HaError when the producer or the consumer cannot be opened.
 */
export async function drill(
  plan: DrillPlan,
  context: OpenContext = {},
  record = new DrillRecord(),
): Promise<DrillResult> {
  const { id } = record;
  const from = new Date(Date.now() - CLOCK_SKEW_MS).toISOString();
  const reading = { group: `drill-${id}`, from, idlePollMs: 200, standbyPollMs: 500 };
  await using consumer = await openConsumer(reading, context);
  const readEnough = new AbortController();
  const reader = consumer.run(
    (message) => {
      if (message.text().startsWith(`${id} `)) record.read(Buffer.from(message.value), message);
      if (record.isComplete) readEnough.abort();
    },
    { signal: readEnough.signal },
  );
  // It is awaited below; until then a rejection must not end the process.
  reader.catch(() => {});
  {
    const listener = (event: HaEvent): void => {
      record.tells(event);
      context.listener?.(event);
    };
    await using producer = await openProducer({ outbox: 'off' }, { ...context, listener });
    const beganAt = performance.now();
    for (let order = 0; order < plan.messages; order++) {
      const key = `drill-${order % plan.keys}`;
      const value = `${id} ${order}`;
      if (!producer.isWritable(key.length + value.length))
        await producer.whenWritable(key.length + value.length);
      record.sends({ key, value, order }, producer.send({ key, value }));
      // By when it is due: a wait between two messages would add up, and has a grain of 1 ms.
      const dueInMs = beganAt + ((order + 1) * 1_000) / plan.perSecond - performance.now();
      if (dueInMs > 0) await sleep(dueInMs);
    }
    await record.settled();
  }
  record.sendingIsOver();
  if (record.isComplete) readEnough.abort();
  const limit = AbortSignal.timeout(plan.readForMs);
  limit.addEventListener('abort', () => readEnough.abort());
  await reader;
  return record.result();
}

/** What was sent, told and read. */
export class DrillRecord {
  /** Of the group, and at the beginning of each message. */
  readonly id = randomUUID();
  readonly #beganAt = performance.now();
  readonly #sent: Sent[] = [];
  readonly #settling: Promise<void>[] = [];
  readonly #stored = new Map<string, StoredPlace[]>();
  /** Places of receipts that were not read yet; undefined while messages are being sent. */
  #unread: Set<string> | undefined;
  #reordered = 0;
  #attemptedAgain = 0;
  #failovers = 0;

  sends(message: { key: string; value: string; order: number }, receipt: Promise<Receipt>): void {
    const { key, order } = message;
    const value = Buffer.from(message.value).toString('base64');
    const sent: Sent = { value, key, order, process: 0, life: 0, at: this.#now(), aborts: false };
    this.#sent.push(sent);
    this.#settling.push(
      receipt.then(
        (receipt) => {
          sent.settledAt = this.#now();
          sent.outcome = { type: 'stored', receipt };
        },
        (error: unknown) => {
          sent.settledAt = this.#now();
          const code = error instanceof HaError ? error.code : String(error);
          sent.outcome = { type: 'rejected', code, mayBeStored: true };
        },
      ),
    );
  }

  async settled(): Promise<void> {
    await Promise.all(this.#settling);
  }

  tells(event: HaEvent): void {
    if (event.type === 'reordered') this.#reordered += event.messages;
    else if (event.type === 'attempt-failed') this.#attemptedAgain += event.messages;
    else if (event.type === 'failover-done') this.#failovers++;
  }

  read(bytes: Buffer, { region, stream, partition, offset }: StoredPlace): void {
    const value = bytes.toString('base64');
    const places = this.#stored.get(value) ?? [];
    this.#stored.set(value, places);
    // A consumer that loses its partition reads again from the last commit.
    if (places.some((place) => placeName(place) === placeName({ region, stream, partition, offset }))) return;
    places.push({ region, stream, partition, offset });
    this.#unread?.delete(placeName({ region, stream, partition, offset }));
  }

  sendingIsOver(): void {
    const read = new Set([...this.#stored.values()].flat().map(placeName));
    const acknowledged = this.#sent.flatMap(({ outcome }) =>
      outcome?.type === 'stored' ? [placeName(outcome.receipt)] : [],
    );
    this.#unread = new Set(acknowledged.filter((place) => !read.has(place)));
  }

  /** All that was acknowledged has been read. */
  get isComplete(): boolean {
    return this.#unread?.size === 0;
  }

  get progress(): DrillProgress {
    const stored: Record<string, number> = {};
    const rejected: Record<string, number> = {};
    for (const { outcome } of this.#sent) {
      if (outcome?.type === 'stored')
        stored[outcome.receipt.region] = (stored[outcome.receipt.region] ?? 0) + 1;
      if (outcome?.type === 'rejected') rejected[outcome.code] = (rejected[outcome.code] ?? 0) + 1;
    }
    return { sent: this.#sent.length, stored, rejected, read: this.#stored.size };
  }

  result(): DrillResult {
    const { stored, rejected } = this.progress;
    const copies = [...this.#stored.values()].reduce((sum, places) => sum + places.length - 1, 0);
    return {
      stored,
      rejected,
      copies,
      attemptedAgain: this.#attemptedAgain,
      failovers: this.#failovers,
      slowestMs: Math.round(Math.max(0, ...this.#sent.map(({ at, settledAt = at }) => settledAt - at))),
      violations: judge(this.#run(), copies, this.#attemptedAgain),
    };
  }

  #run(): JudgedRun {
    const nothing = new Set<string>();
    return {
      sent: this.#sent,
      stored: this.#stored,
      removed: nothing,
      setAside: nothing,
      reordered: this.#reordered,
      hasOutbox: false,
      mayTakeOver: () => false,
    };
  }

  #now(): number {
    return performance.now() - this.#beganAt;
  }
}

/** `copies` beyond the messages of failed attempts were sent again after they had been acknowledged. */
export function judge(run: JudgedRun, copies: number, attemptedAgain: number): DrillResult['violations'] {
  const violations: { type: string; detail: string }[] = [];
  checkMessages(run, (type, detail) => void violations.push({ type, detail }));
  if (copies > attemptedAgain) {
    const detail = `${copies} copies, and only ${attemptedAgain} messages were in attempts that failed`;
    violations.push({ type: 'duplicate', detail });
  }
  const known = new Set(run.sent.map(({ value }) => value));
  for (const value of run.stored.keys()) {
    if (!known.has(value)) violations.push({ type: 'unexpected', detail: `${text(value)} was never sent` });
  }
  return violations;
}

function placeName({ region, stream, partition, offset }: StoredPlace): string {
  return `${region} ${stream} ${partition} ${offset}`;
}
