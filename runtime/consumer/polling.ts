import type { Clock } from '../clock.ts';
import { heartbeatSpacingMs, idleSpacingMs, SHARED_IDLE_MS } from '../core/index.ts';
import type { HaError } from '../errors.ts';
import type { Role } from '../events.ts';
import type { Settings } from '../settings/index.ts';
import type { Batch } from './batch-queue.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { RegionReader, Step } from './region-reader.ts';

/** A wait that can be interrupted. An interruption between two waits ends the next wait at once. */
export class InterruptibleSleep {
  readonly #clock: Pick<Clock, 'after'>;
  #end: (() => void) | undefined;
  #interrupted = false;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /** Waits `ms`, or until interrupted. */
  wait(ms: number): Promise<void> {
    return this.#until((done) => this.#clock.after(ms, done));
  }

  untilInterrupted(): Promise<void> {
    return this.#until(() => () => {});
  }

  interrupt(): void {
    if (this.#end === undefined) this.#interrupted = true;
    else this.#end();
  }

  /** `start` begins a timer, or none, and returns the function that cancels it. */
  async #until(start: (done: () => void) => () => void): Promise<void> {
    if (!this.#interrupted) {
      await new Promise<void>((resolve) => {
        const cancel = start(resolve);
        this.#end = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#end = undefined;
    this.#interrupted = false;
  }
}

interface PollParts {
  readonly settings: Settings;
  readonly clock: Clock;
}

/** Reads one region until `stop`: as fast as the handler takes the batches, and more slowly when the region is empty. */
export class PollLoop {
  /** False: at the pace of the region that is not active. */
  atFullPace = true;
  readonly #reader: RegionReader;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #pause: InterruptibleSleep;
  #inHand: InterruptibleSleep;
  #stopped = false;
  #empties = 0;

  constructor(reader: RegionReader, { settings, clock }: PollParts) {
    this.#reader = reader;
    this.#settings = settings;
    this.#clock = clock;
    this.#pause = new InterruptibleSleep(clock);
    this.#inHand = new InterruptibleSleep(clock);
  }

  /** The steps of the reader, one after another, each at the right time. Ends after `stop`. */
  async *steps(): AsyncGenerator<Step, void, undefined> {
    while (!this.#stopped) {
      const step = await this.#reader.step();
      yield step;
      switch (step.type) {
        case 'nowhere':
          await this.#pause.untilInterrupted();
          break;
        case 'failure':
          this.#empties = 0;
          await this.#rest(step.pauseMs);
          await this.#restUntil(this.#reader.nextReadAt);
          break;
        case 'answer':
          this.#empties = step.empty ? this.#empties + 1 : 0;
          if (step.batch !== undefined) await this.#whileInHand(step.batch);
          await this.#restAfterAnswer();
      }
    }
  }

  /** Ends the present pause. */
  wake(): void {
    this.#pause.interrupt();
  }

  stop(): void {
    this.#stopped = true;
    this.#pause.interrupt();
    this.#inHand.interrupt();
  }

  /** Waits until the batch is handled. Heartbeats meanwhile: a member that is silent for the group's time-out loses its partitions. */
  async #whileInHand(batch: Batch): Promise<void> {
    const inHand = new InterruptibleSleep(this.#clock);
    this.#inHand = inHand;
    void batch.finished.then(() => inHand.interrupt());
    let pauseMs = this.#heartbeatMs();
    while (!this.#stopped && !batch.isFinished) {
      await inHand.wait(pauseMs);
      if (this.#stopped || batch.isFinished) return;
      pauseMs = (await this.#reader.heartbeat()) ?? this.#heartbeatMs();
    }
  }

  #heartbeatMs(): number {
    return heartbeatSpacingMs(this.#settings.groupTimeoutMs, this.#reader.share?.members ?? 1);
  }

  async #restAfterAnswer(): Promise<void> {
    const readAt = this.#reader.lastReadAt;
    if (!this.#stopped) await this.#reader.refreshShare();
    const held = this.#reader.share?.held.size ?? 1;
    const next = readAt + idleSpacingMs(this.#empties, held, this.#longestIdleMs());
    await this.#rest(next - this.#clock.now());
    // Also after `wake`: the service limits the reads per second.
    await this.#restUntil(this.#reader.nextReadAt);
  }

  #longestIdleMs(): number {
    const { idlePollMs, standbyPollMs, groupTimeoutMs } = this.#settings;
    const isShared = (this.#reader.share?.members ?? 1) > 1;
    const activeMs = isShared ? Math.min(idlePollMs, SHARED_IDLE_MS) : idlePollMs;
    // A member that pauses for longer than the group's time-out would lose its partitions each time.
    return Math.min(this.atFullPace ? activeMs : standbyPollMs, groupTimeoutMs / 3);
  }

  async #restUntil(moment: number): Promise<void> {
    for (let ms = moment - this.#clock.now(); ms > 0 && !this.#stopped; ms = moment - this.#clock.now()) {
      await this.#rest(ms);
    }
  }

  async #rest(ms: number): Promise<void> {
    if (this.#stopped || ms <= 0) return;
    await this.#pause.wait(ms);
  }
}

/** The readers of both regions (`DualReader`). */
interface PolledRegions {
  readonly active: RegionReader;
  readonly standby: RegionReader;
  step(role: Role): Promise<Step>;
}

interface PassParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

type Pass =
  | { readonly type: 'messages'; readonly messages: ConsumedMessage[] }
  | { readonly type: 'nothing' }
  | { readonly type: 'nowhere' }
  | { readonly type: 'failure'; readonly error: HaError };

/**
 * The messages of one read of the active region. When that region fails for good, the messages of one read of the other
 * region, which is then the active one. The messages count as handled: the next call commits them.
 *
 * @throws the failure of the active region when the other one does not answer either, or when the failure is no outage.
 */
export async function pollOnce(regions: PolledRegions, parts: PassParts): Promise<ConsumedMessage[]> {
  const { active, standby } = regions;
  const here = await pass(regions, active, parts);
  if (here.type === 'messages') return here.messages;
  if (here.type !== 'failure') return [];
  if (active.health.type !== 'failing') throw here.error;
  const there = await pass(regions, standby, parts);
  if (there.type === 'messages') return there.messages;
  if (there.type === 'nothing') return [];
  throw here.error;
}

/** Reads until an answer holds messages, each partition has answered empty, or the region has failed for good. */
async function pass(regions: PolledRegions, reader: RegionReader, parts: PassParts): Promise<Pass> {
  const { settings, clock, signal } = parts;
  const startedAt = clock.now();
  for (let empties = 0; ;) {
    const tooSoonMs = reader.nextReadAt - clock.now();
    if (tooSoonMs > 0) await clock.sleep(tooSoonMs, { signal });
    const step = await regions.step(reader.role);
    if (step.type === 'nowhere') return step;
    if (step.type === 'failure') {
      const { health } = reader;
      const isOver = health.type === 'failing' || (health.type === 'refused' && health.final);
      if (isOver || clock.now() + step.pauseMs - startedAt >= settings.retryWindowMs) return step;
      await clock.sleep(step.pauseMs, { signal });
      continue;
    }
    await reader.refreshShare();
    const messages = step.batch === undefined ? [] : drain(step.batch);
    if (messages.length > 0) return { type: 'messages', messages };
    if (step.empty) empties += 1;
    if (empties >= (reader.share?.held.size ?? 1)) return { type: 'nothing' };
  }
}

function drain(batch: Batch): ConsumedMessage[] {
  const messages: ConsumedMessage[] = [];
  for (let message = batch.current(); message !== undefined; message = batch.current()) {
    messages.push(message);
    batch.advance();
  }
  return messages;
}
