import { systemClock } from '../clock.ts';
import { openingProblem } from './disk-problem.ts';
import { DiskStore } from './disk-store.ts';
import { OtherFormat } from './message-file.ts';
import type { StoreAnswer } from './outbox-store.ts';
import type { PackedSegments, Segment } from './segment.ts';
import { takeLeftSlot, takeSlot, OutboxHeld, type Slot } from './slots.ts';
import type { StoreReply, StoreRequest, WorkerStart } from './worker-protocol.ts';

type Post = (reply: StoreReply, transfer?: readonly ArrayBuffer[]) => void;
type Take = (request: StoreRequest) => 'open' | 'closed';

/** A pause before the recovery of a damaged file is tried again on a full disk, in ms. */
const FULL_PAUSE_MS = 5_000;

/** Opens the store and says how it is; gives what takes requests. Undefined: there is no store, and the thread can end. */
export function serve({ directory, take }: WorkerStart, post: Post): Take | undefined {
  const wallMs = systemClock.wall();
  const unusable = new Set<string>();
  let because: string | undefined;
  for (;;) {
    let slot: Slot | undefined;
    try {
      slot =
        take === 'left'
          ? takeLeftSlot(directory, wallMs, unusable)
          : takeSlot(directory, { shared: take === 'own', wallMs });
      if (slot === undefined) break;
      return open(slot, post);
    } catch (error) {
      slot?.lock.release();
      const place = take === 'left' ? (slot?.directory ?? directory) : directory;
      because ??= error instanceof OutboxHeld ? error.message : `${place} cannot be used: ${wordsOf(error)}`;
      // A slot that cannot be used keeps none of the others from being sent.
      if (take !== 'left' || slot === undefined) break;
      unusable.add(slot.directory);
    }
  }
  post(because === undefined ? { type: 'none-left' } : { type: 'refused', because });
  return undefined;
}

function open({ directory, lock }: Slot, post: Post): Take {
  const store = new DiskStore({
    directory,
    wall: () => systemClock.wall(),
    news: (news) => post({ type: 'news', news }),
  });
  const served = new ServedStore({ directory, lock }, store, post);
  post({
    type: 'opened',
    directory,
    found: { ...store.totals, lastSequence: store.lastSequence, isRecovering: store.isRecovering },
  });
  return (request) => served.take(request);
}

function wordsOf(error: unknown): string {
  return error instanceof OtherFormat ? error.message : openingProblem(error);
}

/** Below it a copy costs less than a change of the thread, in bytes. */
const TRANSFER_FROM = 4_096;

class ServedStore {
  readonly #slot: Slot;
  readonly #store: DiskStore;
  readonly #post: Post;
  #requests = 0;
  /** What waits until a damaged file is recovered. */
  #late: (() => void)[] = [];
  #isRecovering = false;

  constructor(slot: Slot, store: DiskStore, post: Post) {
    this.#slot = slot;
    this.#store = store;
    this.#post = post;
    this.#recover();
  }

  take(request: StoreRequest): 'open' | 'closed' {
    const of = this.#requests++;
    const store = this.#store;
    switch (request.type) {
      case 'append':
        this.#append(of, request.packed);
        break;
      case 'remove':
        this.#post({ type: 'totals', of, answer: store.remove(request.sequences) });
        store.shrinkWhenEmpty();
        break;
      case 'set-aside':
        this.#post({ type: 'totals', of, answer: store.setAside(request.sequences, request.because) });
        store.shrinkWhenEmpty();
        break;
      case 'read':
        this.#whenRecovered(() => {
          const answer = store.read(request.after, request.limits);
          return () => this.#postSegments(of, answer);
        });
        break;
      case 'keys':
        this.#whenRecovered(() => {
          const answer = store.keys(request.after, request.messages);
          return () => this.#post({ type: 'keys', of, answer });
        });
        break;
      case 'close':
        store.close();
        for (const late of this.#late.splice(0)) late();
        this.#slot.lock.release();
        this.#post({ type: 'closed' });
        return 'closed';
    }
    this.#recover();
    return 'open';
  }

  #append(of: number, { segments, block }: PackedSegments): void {
    const answer = this.#store.append(segments);
    this.#post({ type: 'totals', of, answer, block }, [block]);
  }

  #postSegments(of: number, answer: StoreAnswer<readonly Segment[]>): void {
    const segments = answer.type === 'done' ? answer.value : [];
    const blocks = segments.map(({ rows }) => rows.buffer as ArrayBuffer);
    this.#post(
      { type: 'segments', of, answer },
      blocks.filter(({ byteLength }) => byteLength >= TRANSFER_FROM),
    );
  }

  /** `look` gives what posts the answer. An answer during which damage was found is of a file that is still being filled. */
  #whenRecovered(look: () => () => void): void {
    const late = (): void => this.#whenRecovered(look);
    if (!this.#store.isRecovering) {
      const post = look();
      if (!this.#store.isRecovering) {
        post();
        return;
      }
    }
    this.#late.push(late);
  }

  /** Little by little, so that new messages are taken meanwhile. */
  #recover(): void {
    if (this.#isRecovering || !this.#store.isRecovering) return;
    this.#isRecovering = true;
    const step = (): void => {
      const answer = this.#store.recoverSome();
      if (this.#store.isRecovering) systemClock.after(answer.type === 'full' ? FULL_PAUSE_MS : 0, step);
      else {
        this.#isRecovering = false;
        for (const late of this.#late.splice(0)) late();
      }
    };
    systemClock.after(0, step);
  }
}
