import { otherTakesOver, type ReadHealth } from '../core/index.ts';
import type { EventListener, Role } from '../events.ts';
import type { RegionReader } from './region-reader.ts';

const OTHER: Readonly<Record<Role, Role>> = { primary: 'secondary', secondary: 'primary' };

/**
 * Which of the two regions is the active one. It decides how often each is asked when it is empty, and what is announced;
 * both are read in any case. It starts with what the caller says, and follows what the caller hears later; when the active
 * region cannot be read for good and the other one can, that one takes over.
 */
export class ActiveRegion {
  readonly #readers: Readonly<Record<Role, RegionReader>>;
  readonly #emit: EventListener;
  /** Asks a region soon, whatever pause there is. */
  readonly #wake: (role: Role) => void;
  #active: Role;
  /** A switch that nobody could be told of yet, because the stream is not known. */
  #unsaid: string | undefined;
  #ended = false;

  constructor(
    readers: Readonly<Record<Role, RegionReader>>,
    active: Role,
    emit: EventListener,
    wake: (role: Role) => void,
  ) {
    this.#readers = readers;
    this.#active = active;
    this.#emit = emit;
    this.#wake = wake;
  }

  get reader(): RegionReader {
    return this.#readers[this.#active];
  }

  get standby(): RegionReader {
    return this.#readers[OTHER[this.#active]];
  }

  /** New messages are known to be written to `role` now. */
  told(role: Role, because: string): void {
    if (this.#ended || role === this.#active) return;
    // Whoever says so knows more than an old verdict.
    this.#readers[role].judgeAnew();
    this.#switchTo(role, because);
  }

  /** Shut-down wins: nothing is switched or announced any more (H15). */
  end(): void {
    this.#ended = true;
  }

  healthChanged(role: Role): void {
    if (this.#ended) return;
    const { reader: active, standby } = this;
    if (role === active.role) this.#announce();
    if (otherTakesOver(active.health, standby.health)) this.#switchTo(standby.role, inWords(active));
    else if (role === active.role && isFirstFailure(active.health)) {
      // The verdict on this one will need a fresh answer of the other one.
      this.#wake(standby.role);
    }
  }

  #switchTo(role: Role, because: string): void {
    this.#active = role;
    this.#unsaid = because;
    this.#announce();
    this.#wake('primary');
    this.#wake('secondary');
  }

  #announce(): void {
    const { stream, role } = this.reader;
    if (this.#unsaid === undefined || stream === undefined) return;
    this.#emit({ type: 'now-consuming', stream, role, because: this.#unsaid });
    this.#unsaid = undefined;
  }
}

function isFirstFailure(health: ReadHealth): boolean {
  return health.state === 'retrying' && health.attempts === 1;
}

function inWords({ regionName, health }: RegionReader): string {
  if (health.state !== 'failing') return `${regionName} cannot be read`;
  return `${regionName} cannot be read: ${health.latest}, ${health.attempts} attempts`;
}
