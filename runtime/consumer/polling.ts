import type { Clock } from '../clock.ts';
import { heartbeatSpacingMs, idleSpacingMs, SHARED_IDLE_MS } from '../core/index.ts';
import type { Settings } from '../settings/index.ts';
import type { Batch } from './batch-queue.ts';
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
  async wait(ms: number): Promise<void> {
    if (this.#interrupted) {
      this.#interrupted = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        this.#end = undefined;
        resolve();
      };
      const cancel = this.#clock.after(ms, end);
      this.#end = end;
    });
  }

  interrupt(): void {
    if (this.#end === undefined) this.#interrupted = true;
    else this.#end();
  }
}

/**
 * It reads ahead of a handler that takes at most so long for a batch, in ms. For a slower one a read is a small part of the time,
 * and each read can move partitions to another member, together with messages that wait here.
 */
const QUICK_MS = 2_000;

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
  /** Interrupted whenever a batch is handled. */
  readonly #handling: InterruptibleSleep;
  /** Since when the handler has the present batch. */
  #inHandSince = -Infinity;
  /** The batch before took it little time. */
  #isQuick = false;
  #stopped = false;
  #empties = 0;

  /**
   * Whether a read may begin while the answer before it arrives, so that the region is at work on it meanwhile. That answer may
   * turn out to be empty: the one before it was not.
   */
  readonly #mayReadOn = (): boolean =>
    !this.#stopped && this.#empties === 0 && this.#isQuick && this.#reader.unhandled.length === 0;

  constructor(reader: RegionReader, { settings, clock }: PollParts) {
    this.#reader = reader;
    this.#settings = settings;
    this.#clock = clock;
    this.#pause = new InterruptibleSleep(clock);
    this.#handling = new InterruptibleSleep(clock);
  }

  /** The steps of the reader, one after another, each at the right time. Ends after `stop`. */
  async *steps(): AsyncGenerator<Step, void, undefined> {
    for (;;) {
      await this.#untilItMayRead();
      if (this.#stopped) {
        await this.#reader.dropBegun();
        return;
      }
      const step = await this.#reader.step(this.#mayReadOn);
      if (step.type === 'answer' && step.batch !== undefined) void this.#observe(step.batch);
      yield step;
      switch (step.type) {
        case 'nowhere':
          await this.#rest(this.#reader.lookAgainAt - this.#clock.now());
          break;
        case 'failure':
          this.#empties = 0;
          await this.#rest(step.pauseMs);
          await this.#restUntil(this.#reader.nextReadAt);
          break;
        case 'answer':
          this.#empties = step.empty ? this.#empties + 1 : 0;
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
    this.#handling.interrupt();
  }

  /** At most one batch waits while another one is being handled. */
  get #mayRead(): boolean {
    const { unhandled, beginsAnew, hasBegun } = this.#reader;
    if (unhandled.length === 0 || hasBegun) return true;
    const isQuick = this.#isQuick && this.#clock.now() - this.#inHandSince <= QUICK_MS;
    return unhandled.length === 1 && isQuick && !beginsAnew;
  }

  async #observe(batch: Batch): Promise<void> {
    if (this.#reader.unhandled.length === 1) this.#inHandSince = this.#clock.now();
    await batch.finished;
    const now = this.#clock.now();
    this.#isQuick = now - this.#inHandSince <= QUICK_MS;
    this.#inHandSince = now;
    this.#handling.interrupt();
  }

  /**
   * Waits until enough is handled. Meanwhile it commits, and sends heartbeats: a member that is silent for the group's time-out
   * loses its partitions.
   */
  async #untilItMayRead(): Promise<void> {
    const reader = this.#reader;
    let heartbeatAt = this.#clock.now() + this.#heartbeatMs();
    while (!this.#stopped && !this.#mayRead) {
      const now = this.#clock.now();
      if (reader.commitAt <= now) {
        void reader.commit();
      } else if (heartbeatAt <= now) {
        const pauseMs = (await reader.heartbeat()) ?? this.#heartbeatMs();
        heartbeatAt = this.#clock.now() + pauseMs;
      } else {
        await this.#handling.wait(Math.min(heartbeatAt, reader.commitAt) - now);
      }
    }
  }

  #heartbeatMs(): number {
    return heartbeatSpacingMs(this.#settings.groupTimeoutMs, this.#reader.share.members);
  }

  async #restAfterAnswer(): Promise<void> {
    const readAt = this.#reader.lastReadAt;
    if (!this.#stopped) await this.#reader.refreshShare();
    if (this.#reader.hasBegun) return;
    const held = this.#reader.share.held.size;
    const next = readAt + idleSpacingMs(this.#empties, held, this.#longestIdleMs());
    if (next > this.#clock.now() && this.#reader.commitAt <= this.#clock.now()) void this.#reader.commit();
    await this.#rest(next - this.#clock.now());
    // Also after `wake`: the service limits the reads per second.
    await this.#restUntil(this.#reader.nextReadAt);
  }

  #longestIdleMs(): number {
    const { idlePollMs, standbyPollMs, groupTimeoutMs } = this.#settings;
    const isShared = this.#reader.share.members > 1;
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
    if (ms > 0) await this.#pause.wait(ms);
  }
}
