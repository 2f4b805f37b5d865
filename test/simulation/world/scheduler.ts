/** What runs at a moment of virtual time. */
interface Entry {
  readonly at: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  readonly task: () => void;
  cancelled: boolean;
}

/** A process: what it set off does not run while it is paused, and never once it is dead. */
export interface Owner {
  readonly isDead: boolean;
  /** Virtual ms; in the past when it runs. */
  readonly pausedUntil: number;
}

/** No world needs a tenth of it. */
const MOST_ENTRIES = 5_000_000;

/** Something goes round and round. */
export class EndlessError extends Error {
  constructor() {
    super(`more than ${MOST_ENTRIES} timers and calls`);
  }
}

/** So many turns are put into Node's queue at once: between two of them it runs all promise jobs, and nothing else. */
const TURNS_AT_ONCE = 512;

/**
 * Virtual time. Entries run in order of time, then of their making; everything that one sets off by promises has run before
 * the next one does. No timer of the machine is used, so hours pass as fast as their entries run.
 */
export class Scheduler {
  #now = 1_000_000;
  #order = 0;
  readonly #heap: Entry[] = [];
  #ran = 0;

  get now(): number {
    return this.#now;
  }

  /** How many entries have run. */
  get ran(): number {
    return this.#ran;
  }

  /** Runs `task` at `at`, or now when that has passed. Returns what cancels it. */
  at(at: number, task: () => void, owner?: Owner): () => void {
    const entry: Entry = { at: Math.max(at, this.#now), order: this.#order++, owner, task, cancelled: false };
    this.#push(entry);
    return () => {
      entry.cancelled = true;
    };
  }

  after(ms: number, task: () => void, owner?: Owner): () => void {
    return this.at(this.#now + ms, task, owner);
  }

  /** Lets time pass until `until`, or until `isOver` says so. Rejects with what a task throws. */
  run(until: number, isOver: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      let ended = false;
      const end = (finish: () => void): void => {
        ended = true;
        finish();
      };
      const turn = (): void => {
        if (ended) return;
        if (isOver()) return end(resolve);
        const next = this.#next(until);
        if (next === undefined) {
          this.#now = Math.max(this.#now, until);
          return end(resolve);
        }
        this.#now = next.at;
        if (++this.#ran > MOST_ENTRIES) return end(() => reject(new EndlessError()));
        try {
          next.task();
        } catch (error) {
          end(() => reject(error));
        }
      };
      const fill = (): void => {
        if (ended) return;
        for (let turns = 0; turns < TURNS_AT_ONCE; turns++) setImmediate(turn);
        setImmediate(fill);
      };
      fill();
    });
  }

  #next(until: number): Entry | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.at <= until; first = this.#heap[0]) {
      this.#pop();
      if (first.cancelled || first.owner?.isDead === true) continue;
      const pausedUntil = first.owner?.pausedUntil ?? 0;
      if (pausedUntil <= first.at) return first;
      this.#push({ ...first, at: pausedUntil });
    }
    return undefined;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
