import type { Clock } from '../clock.ts';
import type { EventListener } from '../events.ts';
import type { OutboxRow, OutboxStore, OutboxTotals, PageLimits, StoreNews } from './outbox-store.ts';
import { announce, isRecoveringAfter } from './store-events.ts';
import { WaitingRows } from './waiting-rows.ts';

/** Gives the store of an ended process; undefined when there is none. */
export type OpenLeft = (
  news: (news: StoreNews) => void,
) => Promise<{ readonly store: OutboxStore; readonly directory: string } | undefined>;

interface LeftMessagesParts {
  readonly openLeft: OpenLeft;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly onChange: () => void;
  readonly onLost: (messages: number, directory: string, because: string) => void;
}

interface LeftStore {
  readonly rows: WaitingRows;
  readonly store: OutboxStore;
  totals: OutboxTotals;
  isRecovering: boolean;
  /** It gives nothing any more. */
  isStopped: boolean;
}

/** Ended processes may leave messages at any time; looked for this often, in ms. */
const LOOK_AGAIN_MS = 300_000;
const NOTHING: OutboxTotals = { messages: 0, bytes: 0 };

/** What ended processes left in other slots, one slot after the other. It comes after what this process has. */
export class LeftMessages {
  readonly #parts: LeftMessagesParts;
  #left: LeftStore | undefined;
  #lookAt = -Infinity;
  #cancelLook = (): void => {};
  #isClosed = false;

  constructor(parts: LeftMessagesParts) {
    this.#parts = parts;
  }

  get totals(): OutboxTotals {
    return this.#left?.totals ?? NOTHING;
  }

  get isRecovering(): boolean {
    return this.#left?.isRecovering ?? false;
  }

  async next(limits: PageLimits): Promise<readonly { type: 'row'; row: OutboxRow; rows: WaitingRows }[]> {
    const left = this.#left ?? (await this.#open());
    if (left === undefined) return [];
    const rows = await left.rows.next(limits);
    if (rows.length > 0) return rows.map((row) => ({ type: 'row', row, rows: left.rows }));
    await left.rows.flush();
    if (left.rows.handedOut > 0 || left.rows.count > 0 || left.isRecovering) return [];
    this.#left = undefined;
    await left.store.close();
    // The same one would be found again at once.
    if (left.isStopped) return [];
    // Perhaps there is another one.
    this.#lookAt = -Infinity;
    return this.next(limits);
  }

  async flush(): Promise<void> {
    await this.#left?.rows.flush();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook();
    this.#left?.rows.close();
    await this.#left?.store.close();
  }

  async #open(): Promise<LeftStore | undefined> {
    const { clock, openLeft, emit, onChange, onLost } = this.#parts;
    if (this.#isClosed || clock.now() < this.#lookAt) return undefined;
    this.#lookAt = clock.now() + LOOK_AGAIN_MS;
    this.#cancelLook();
    // While regions are well nothing else may change.
    this.#cancelLook = clock.after(LOOK_AGAIN_MS, onChange);
    let left: LeftStore | undefined;
    let place = '';
    const early: StoreNews[] = [];
    const take = (news: StoreNews): void => {
      if (left === undefined) {
        early.push(news);
        return;
      }
      const { rows } = left;
      announce(news, place, emit);
      left.isRecovering = isRecoveringAfter(news);
      if (news.type === 'recovered') {
        rows.added(news.messages, 1);
        left.totals = news.totals;
      }
      if (news.type === 'stopped' || news.type === 'gone') left.isStopped = true;
      if (news.type === 'stopped') rows.stop();
      if (news.type === 'gone') {
        left.totals = NOTHING;
        const lost = rows.count;
        rows.gone();
        onLost(lost, place, news.because);
      }
      onChange();
    };
    const opened = await openLeft(take);
    if (opened === undefined) return undefined;
    const { store, directory } = opened;
    if (this.#isClosed) {
      await store.close();
      return undefined;
    }
    place = directory;
    const { found } = store;
    const rows = new WaitingRows(store, clock, (totals) => {
      if (left !== undefined) left.totals = totals;
      onChange();
    });
    left = { rows, store, totals: found, isRecovering: found.isRecovering, isStopped: false };
    this.#left = left;
    early.forEach(take);
    // What is recovered is told when it is there.
    if (found.messages > 0)
      emit({ type: 'outbox-found', directory, messages: found.messages, bytes: found.bytes });
    return this.#left;
  }
}
