import { systemClock, type Clock } from '../../clock.ts';
import type { StreamConsumer } from '../../consumer/index.ts';
import { openConsumer } from '../../wiring/index.ts';
import { commandLog } from '../command-log.ts';
import { interruption } from '../interruption.ts';
import { givenSettings } from '../setting-flags.ts';
import { SECTIONS, type ConsumerFlags } from './flags.ts';
import { asJson, asText, parseFormat, type Format } from './message-format.ts';
import { drained } from './standard-output.ts';

const IDLE_MS = 5_000;

export async function run(flags: ConsumerFlags): Promise<void> {
  const format = formatOf(flags);
  const clock = systemClock;
  const listener = await commandLog(flags, clock);
  const signal = interruption();
  const consumer = await openConsumer(givenSettings({ ...flags }, SECTIONS), { signal, listener });
  const idleMs = flags.untilIdle === true ? IDLE_MS : flags.untilIdle;
  const end = endOf(consumer, signal);
  const idle = new IdleTimer(clock, idleMs, end);
  let left = flags.count ?? Infinity;
  try {
    for await (const message of consumer) {
      idle.restart();
      await drained(process.stdout, format(message));
      // Asking for the next message is what makes this one count as handled.
      left--;
      if (left === 0) end();
    }
  } finally {
    idle.stop();
    await consumer.close();
  }
}

/** Closing from outside the loop lets the message in hand be handled, and commits it. */
function endOf(consumer: StreamConsumer, signal: AbortSignal): () => void {
  const end = (): void => void consumer.close();
  signal.addEventListener('abort', end, { once: true });
  return end;
}

class IdleTimer {
  readonly #clock: Clock;
  readonly #ms: number | undefined;
  readonly #onIdle: () => void;
  #cancel = (): void => {};

  constructor(clock: Clock, ms: number | undefined, onIdle: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#onIdle = onIdle;
    this.restart();
  }

  restart(): void {
    this.#cancel();
    if (this.#ms !== undefined) this.#cancel = this.#clock.after(this.#ms, this.#onIdle);
  }

  stop(): void {
    this.#cancel();
  }
}

function formatOf({ format, output }: ConsumerFlags): Format {
  if (format !== undefined) return parseFormat(format);
  return output === 'json' ? asJson : asText;
}
