import type { Clock } from '../clock.ts';
import { heartbeatSpacingMs, idleSpacingMs, SHARED_IDLE_MS } from '../core/index.ts';
import type { Settings } from '../settings/index.ts';
import type { Batch } from './batch-queue.ts';
import type { RegionReader, Step } from './region-reader.ts';

/** A wait that can be interrupted. An interruption while nobody waits ends the next wait: none is missed. */
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

  /** `start` says when the wait is over by itself, and gives what cancels that. */
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

/** Reads one region for as long as the consumer lives: as fast as its batches are handled, and more slowly when it is empty. */
export class PollLoop {
  /** Or at the pace of a region that is not active. */
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

  /** One step after another, each when it is time for it. Ends after `stop`. */
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

  /** Takes the next step soon, whatever pause there is. */
  wake(): void {
    this.#pause.interrupt();
  }

  stop(): void {
    this.#stopped = true;
    this.#pause.interrupt();
    this.#inHand.interrupt();
  }

  /** A member that is silent for the group's time-out loses its partitions. */
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
    // Also after `wake`: the service takes no more than so many reads a second.
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
