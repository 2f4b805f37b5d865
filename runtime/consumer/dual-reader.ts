import type { Clock } from '../clock.ts';
import { endsReading, otherTakesOver, type ReadHealth } from '../core/index.ts';
import { HaError, thrownInWords } from '../errors.ts';
import type { EventListener, Role } from '../events.ts';
import type { Settings } from '../settings/index.ts';
import type { BatchQueue } from './batch-queue.ts';
import type { Deduplicator } from './deduplicator.ts';
import { PollLoop } from './polling.ts';
import type { ConsumedRegion } from './membership.ts';
import { RegionReader, type Step } from './region-reader.ts';

interface DualParts {
  readonly primary: ConsumedRegion;
  readonly secondary: ConsumedRegion;
  readonly active: Role;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly instance: string;
  readonly deduplicator: Deduplicator | undefined;
}

type PerRole<T> = Readonly<Record<Role, T>>;

const OTHER: PerRole<Role> = { primary: 'secondary', secondary: 'primary' };

/**
 * The readers of both regions. Both regions are always read; the active one decides how often, and which events there are.
 * The caller names the active region at the start and later (`setActive`); when that region fails for good and the other one
 * answers, the other one becomes active.
 */
export class DualReader {
  readonly #parts: DualParts;
  readonly #readers: PerRole<RegionReader>;
  /** Undefined until the first `follow`. */
  #loops: PerRole<PollLoop> | undefined;
  #queue: BatchQueue | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #stopped = false;
  #active: Role;
  #activeSince: number;
  #switches = 0;
  /** The reason of a switch that is not announced yet because the stream is not known. */
  #unannounced: string | undefined;

  /** `signal` ends calls that are under way. */
  constructor(parts: DualParts, signal: AbortSignal) {
    this.#parts = parts;
    const { settings, clock, emit, instance, deduplicator } = parts;
    const started = { at: clock.now(), wall: clock.wall() };
    const context = { settings, clock, emit, instance, deduplicator, started, signal };
    this.#readers = {
      primary: new RegionReader(parts.primary, context),
      secondary: new RegionReader(parts.secondary, context),
    };
    this.#active = parts.active;
    this.#activeSince = started.wall;
    this.#readers[this.#active].isActive = true;
  }

  get active(): RegionReader {
    return this.#readers[this.#active];
  }

  get standby(): RegionReader {
    return this.#readers[OTHER[this.#active]];
  }

  /** Milliseconds since 1970. */
  get activeSince(): number {
    return this.#activeSince;
  }

  /** How many times the active region has changed. */
  get switches(): number {
    return this.#switches;
  }

  get isFollowing(): boolean {
    return this.#loops !== undefined;
  }

  reader(role: Role): RegionReader {
    return this.#readers[role];
  }

  /** New messages are now written to `role`. The event names the reason `because`. */
  setActive(role: Role, because: string): void {
    if (this.#stopped || role === this.#active) return;
    // What the caller knows is newer than the failures.
    this.#readers[role].resetHealth();
    this.#switchTo(role, because);
  }

  /** Looks for the stream of `role` again. */
  relocate(role: Role): void {
    this.#readers[role].relocate();
    this.#loops?.[role].wake();
  }

  /** Takes one step in `role`, and switches the active region if its result demands it. */
  async step(role: Role): Promise<Step> {
    const step = await this.#readers[role].step();
    this.#observe(role);
    return step;
  }

  /** Reads into `queue` until `stop`. The queue fails when neither region can ever be read. */
  follow(queue: BatchQueue): void {
    if (this.#loops !== undefined) return;
    this.#queue = queue;
    const { settings, clock } = this.#parts;
    const loop = (role: Role): PollLoop => {
      this.#readers[role].readAhead();
      return new PollLoop(this.#readers[role], { settings, clock });
    };
    const { primary, secondary } = (this.#loops = { primary: loop('primary'), secondary: loop('secondary') });
    this.#ended = Promise.all([
      this.#run('primary', primary, queue),
      this.#run('secondary', secondary, queue),
    ]);
  }

  /** Begins no further read. Resolves when the reads under way have ended. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#loops?.primary.stop();
    this.#loops?.secondary.stop();
    await this.#ended;
  }

  /** Commits the handled messages of the last reads, or none without `commit`, and leaves both groups. Never rejects. */
  async commitAndLeave(options: { readonly commit: boolean }): Promise<void> {
    const { primary, secondary } = this.#readers;
    await Promise.all([primary.commitAndLeave(options), secondary.commitAndLeave(options)]);
  }

  async #run(role: Role, loop: PollLoop, queue: BatchQueue): Promise<void> {
    try {
      for await (const step of loop.steps()) {
        this.#observe(role);
        if (step.type === 'answer' && step.batch !== undefined) queue.offer(step.batch);
      }
    } catch (error) {
      // A defect, for nothing above throws; but a caller that waits for messages must get an error.
      queue.fail(error instanceof Error ? error : new HaError('CALL_FAILED', thrownInWords(error)));
      void this.stop();
    }
  }

  /** Applies the result of a step in `role`. After `stop` nothing is switched or announced. */
  #observe(role: Role): void {
    if (this.#stopped) return;
    const { active, standby } = this;
    if (otherTakesOver(active.health, standby.health)) this.#switchTo(standby.role, inWords(active));
    else if (role === active.role && isFirstFailure(active.health)) {
      // A switch needs a recent answer of the other region.
      this.#loops?.[standby.role].wake();
    }
    this.#announce();
    this.#setPace();
    if (this.#queue === undefined || !endsReading(active, standby.health)) return;
    if (active.error !== undefined) this.#queue.fail(active.error);
    void this.stop();
  }

  #switchTo(role: Role, because: string): void {
    this.#active = role;
    this.#activeSince = this.#parts.clock.wall();
    this.#switches += 1;
    this.active.isActive = true;
    this.standby.isActive = false;
    this.#unannounced = because;
    this.#announce();
    this.#loops?.primary.wake();
    this.#loops?.secondary.wake();
  }

  #announce(): void {
    const { stream, role } = this.active;
    if (this.#unannounced === undefined || stream === undefined) return;
    this.#parts.emit({ type: 'now-consuming', stream, role, because: this.#unannounced });
    this.#unannounced = undefined;
  }

  /** The active region is read at full pace; the other one too while the active one's stream is not known. */
  #setPace(): void {
    if (this.#loops === undefined) return;
    this.#loops[this.#active].atFullPace = true;
    this.#loops[OTHER[this.#active]].atFullPace = this.active.stream === undefined;
  }
}

function isFirstFailure(health: ReadHealth): boolean {
  return health.type === 'retrying' && health.attempts === 1;
}

function inWords({ regionName, health }: RegionReader): string {
  if (health.type !== 'failing') return `${regionName} cannot be read`;
  return `${regionName} cannot be read: ${health.latest}, ${health.attempts} attempts`;
}
