import type { Clock } from '../clock.ts';
import type { HaError } from '../errors.ts';
import type { EventListener, Role } from '../events.ts';
import type { Settings } from '../settings/index.ts';
import { ActiveRegion } from './active-region.ts';
import type { BatchQueue } from './batch-queue.ts';
import type { ConsumedRegion } from './consumed-region.ts';
import { Follower } from './follower.ts';
import { RegionReader, type ReaderContext } from './region-reader.ts';

interface BothParts {
  readonly primary: ConsumedRegion;
  readonly secondary: ConsumedRegion;
  readonly active: Role;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly instance: string;
}

/** The readers of both regions, and the loops that keep them reading. Where they fail for good, `refused` hears of it. */
export class BothRegions {
  readonly active: ActiveRegion;
  readonly #parts: BothParts;
  readonly #readers: Readonly<Record<Role, RegionReader>>;
  /** Undefined until the first `follow`: nothing is read before somebody wants it. */
  #followers: Readonly<Record<Role, Follower>> | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  /** `signal` ends calls that are under way. */
  constructor(parts: BothParts, signal: AbortSignal, refused: (error: HaError) => void) {
    this.#parts = parts;
    const { settings, clock, emit, instance } = parts;
    const context: ReaderContext = {
      settings,
      clock,
      emit,
      instance,
      began: { at: clock.now(), wall: clock.wall() },
      signal,
      isActive: (role) => this.active.reader.role === role,
      healthChanged: (role) => this.active.healthChanged(role),
      refused,
    };
    this.#readers = {
      primary: new RegionReader(parts.primary, context),
      secondary: new RegionReader(parts.secondary, context),
    };
    this.active = new ActiveRegion(this.#readers, parts.active, emit, (role) => this.#wake(role));
  }

  get areFollowed(): boolean {
    return this.#followers !== undefined;
  }

  /** Reads on and on, into `queue`, until `stop`. `failed` hears what no reader should throw. */
  follow(queue: BatchQueue, failed: (error: unknown) => void): void {
    if (this.#followers !== undefined) return;
    const follower = (role: Role): Follower =>
      new Follower({
        reader: this.#readers[role],
        queue,
        settings: this.#parts.settings,
        clock: this.#parts.clock,
        atFullPace: () => this.#isAtFullPace(role),
      });
    this.#followers = { primary: follower('primary'), secondary: follower('secondary') };
    this.#ended = Promise.all(Object.values(this.#followers).map((each) => each.run().catch(failed)));
  }

  /** The stream of `role` may be known at last, or be another one. */
  askWhere(role: Role): void {
    this.#readers[role].askWhere();
    this.#wake(role);
  }

  /** Begins no new read. Resolves when the reads under way have ended. */
  async stop(): Promise<void> {
    this.active.end();
    for (const follower of Object.values(this.#followers ?? {})) follower.stop();
    await this.#ended;
  }

  get readers(): readonly RegionReader[] {
    return Object.values(this.#readers);
  }

  /** Commits what is handled, or with `commit: false` nothing of the last reads, and leaves the groups. */
  async settle(options: { readonly commit: boolean }): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.settle(options)));
  }

  #wake(role: Role): void {
    this.#followers?.[role].wake();
  }

  /** The active region; and the other one for as long as nobody knows where the active one's stream is. */
  #isAtFullPace(role: Role): boolean {
    const active = this.active.reader;
    return active.role === role || active.stream === undefined;
  }
}
