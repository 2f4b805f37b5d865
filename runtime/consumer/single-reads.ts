import type { Clock } from '../clock.ts';
import type { HaError } from '../errors.ts';
import type { Role } from '../events.ts';
import type { Settings } from '../settings/index.ts';
import type { Batch } from './batch-queue.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { RegionReader, Step } from './region-reader.ts';

/** The readers of both regions (`DualReader`). */
interface ReadRegions {
  readonly active: RegionReader;
  readonly standby: RegionReader;
  step(role: Role): Promise<Step>;
}

interface SingleReadParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

type Pass =
  | { readonly type: 'messages'; readonly messages: ConsumedMessage[] }
  | { readonly type: 'nothing' }
  | { readonly type: 'nowhere' }
  | { readonly type: 'failure'; readonly error: HaError };

/** One read after another, each when the program asks for it. What a read gave counts as handled: the next one of its region commits it. */
export class SingleReads {
  readonly #regions: ReadRegions;
  readonly #parts: SingleReadParts;
  /** The region that is not active, and from when on it is to be read again. */
  #other: { readonly role: Role; dueAt: number } | undefined;
  /**
   * The active region had its turn, however it ended: it does not keep the other one from being read, nor the other one
   * it.
   */
  #isOthersTurn = false;
  /** After a failure a region is called again from here on (monotonic ms), though the program asks at once. */
  readonly #notBefore: Record<Role, number> = { primary: -Infinity, secondary: -Infinity };

  constructor(regions: ReadRegions, parts: SingleReadParts) {
    this.#regions = regions;
    this.#parts = parts;
  }

  /**
   * The messages of one read of the active region. When that region fails for good, those of the other one, which is then the active
   * one. The other one is read too, every `standbyPollMs`, and on until it is empty: what was written there before a switch, or by
   * a late writer, is found.
   *
   * @throws the failure of the active region when the other one does not answer either, or when the failure is no outage.
   */
  async next(): Promise<ConsumedMessage[]> {
    const { active, standby } = this.#regions;
    if (this.#other?.role !== standby.role) this.#other = { role: standby.role, dueAt: -Infinity };
    // One that fails would take the time-out of a call from a busy one.
    if (this.#isOthersTurn && standby.health.type !== 'failing') {
      this.#isOthersTurn = false;
      const messages = await this.#readOther(standby, this.#other);
      if (messages.length > 0) return messages;
    }
    this.#isOthersTurn = true;
    const here = await this.#pass(active, this.#parts.settings.retryWindowMs);
    if (here.type === 'messages') return here.messages;
    if (here.type === 'nothing') return this.#readOther(standby, this.#other);
    if (here.type === 'nowhere') return [];
    if (active.health.type !== 'failing') throw here.error;
    const there = await this.#pass(standby, this.#parts.settings.retryWindowMs);
    if (there.type === 'messages') return there.messages;
    if (there.type === 'nothing') return [];
    throw here.error;
  }

  /** That it fails is no matter of the program: the active region works. */
  async #readOther(reader: RegionReader, other: { dueAt: number }): Promise<ConsumedMessage[]> {
    const { clock, settings } = this.#parts;
    if (clock.now() < Math.max(other.dueAt, this.#notBefore[reader.role])) return [];
    other.dueAt = clock.now() + settings.standbyPollMs;
    const there = await this.#pass(reader, 0);
    if (there.type !== 'messages') return [];
    // There may be more, and these are to be committed.
    other.dueAt = -Infinity;
    return there.messages;
  }

  /** Reads until an answer holds messages, each partition has answered empty, or the region has failed for good. */
  async #pass(reader: RegionReader, retryWindowMs: number): Promise<Pass> {
    const { clock, settings, signal } = this.#parts;
    const startedAt = clock.now();
    for (let empties = 0; ;) {
      const tooSoonMs = Math.max(reader.nextReadAt, this.#notBefore[reader.role]) - clock.now();
      if (tooSoonMs > 0) await clock.sleep(tooSoonMs, { signal });
      const step = await this.#regions.step(reader.role);
      if (step.type === 'nowhere') return step;
      if (step.type === 'failure') {
        const { health } = reader;
        const isOver = health.type === 'failing' || (health.type === 'refused' && health.final);
        const now = clock.now();
        this.#notBefore[reader.role] = now + Math.min(step.pauseMs, settings.retryWindowMs);
        if (isOver || now + step.pauseMs - startedAt >= retryWindowMs) return step;
        continue;
      }
      await reader.refreshShare();
      const messages = step.batch === undefined ? [] : drain(step.batch);
      if (messages.length > 0) return { type: 'messages', messages };
      if (step.empty) empties += 1;
      if (empties >= Math.max(reader.share.held.size, 1)) return { type: 'nothing' };
    }
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
