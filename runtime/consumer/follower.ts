import type { Clock } from '../clock.ts';
import { idlePauseMs, readSpacingMs } from '../core/index.ts';
import type { Settings } from '../settings/index.ts';
import type { BatchQueue } from './batch-queue.ts';
import type { Batch } from './batch.ts';
import { Pause } from './pause.ts';
import type { RegionReader } from './region-reader.ts';

interface FollowerParts {
  readonly reader: RegionReader;
  readonly queue: BatchQueue;
  readonly settings: Settings;
  readonly clock: Clock;
  /** Or at the pace of a standby. */
  atFullPace(): boolean;
}

/** Reads one region for as long as the consumer lives: as fast as its batches are handled, and at a pace when it is empty. */
export class Follower {
  readonly #parts: FollowerParts;
  readonly #pause: Pause;
  #inHand: Pause;
  #stopped = false;
  #empties = 0;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#pause = new Pause(parts.clock);
    this.#inHand = new Pause(parts.clock);
  }

  /** Resolves after `stop`, when the step under way has ended. Rejects with what no step should throw. */
  async run(): Promise<void> {
    const { reader, queue, clock } = this.#parts;
    while (!this.#stopped) {
      const startedAt = clock.now();
      const step = await reader.step();
      switch (step.type) {
        case 'nowhere':
          await this.#pause.untilCut();
          break;
        case 'failure':
          await this.#rest(step.pauseMs);
          break;
        case 'answer':
          this.#empties = step.empty ? this.#empties + 1 : 0;
          if (step.batch !== undefined) {
            queue.offer(step.batch);
            await this.#whileInHand(step.batch);
          }
          await this.#restAfterAnswer(startedAt);
      }
    }
  }

  /** Takes the next step soon, whatever pause there is. */
  wake(): void {
    this.#pause.cut();
  }

  stop(): void {
    this.#stopped = true;
    this.#pause.cut();
    this.#inHand.cut();
  }

  /** A member that says nothing for the group's time-out loses its partitions: three heartbeats fit into one. */
  async #whileInHand(batch: Batch): Promise<void> {
    const { reader, settings } = this.#parts;
    const inHand = new Pause(this.#parts.clock);
    this.#inHand = inHand;
    void batch.finished.then(() => inHand.cut());
    while (!this.#stopped && !batch.isFinished) {
      await inHand.wait(settings.groupTimeoutMs / 3);
      if (!this.#stopped && !batch.isFinished) await reader.heartbeat();
    }
  }

  async #restAfterAnswer(startedAt: number): Promise<void> {
    const { reader, settings, clock } = this.#parts;
    const partitions = reader.stream?.partitions ?? 1;
    const wantedMs = this.#parts.atFullPace() ? settings.idlePollMs : settings.standbyPollMs;
    // A member that pauses for longer than the group's time-out would lose its partitions each time.
    const longestMs = Math.min(wantedMs, settings.groupTimeoutMs / 3);
    await this.#rest(idlePauseMs(this.#empties, partitions, longestMs));
    // However soon somebody wakes it: the service takes no more than so many reads a second.
    const next = startedAt + readSpacingMs(partitions);
    for (let ms = next - clock.now(); ms > 0 && !this.#stopped; ms = next - clock.now()) await this.#rest(ms);
  }

  async #rest(ms: number): Promise<void> {
    if (this.#stopped || ms <= 0) return;
    await this.#pause.wait(ms);
  }
}
