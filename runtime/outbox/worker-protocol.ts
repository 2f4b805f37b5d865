import type {
  KeyPage,
  OutboxStore,
  OutboxTotals,
  PageLimits,
  StoreAnswer,
  StoreNews,
} from './outbox-store.ts';
import type { PackedSegments, Segment } from './segment.ts';

/** What the thread of the store is started with. */
export interface WorkerStart {
  readonly directory: string;
  /** `own`: a slot for new messages, `exclusive` refuses to share the directory, `left`: one that an ended process left. */
  readonly take: 'own' | 'exclusive' | 'left';
}

/** Executed in order. */
export type StoreRequest =
  | { readonly type: 'append'; readonly packed: PackedSegments }
  | { readonly type: 'read'; readonly after: number; readonly limits: PageLimits }
  | { readonly type: 'remove'; readonly sequences: Float64Array }
  | { readonly type: 'set-aside'; readonly sequences: Float64Array; readonly because: string }
  | { readonly type: 'keys'; readonly after: number; readonly messages: number }
  | { readonly type: 'close' };

/** Requests are answered in their order but for `read` and `keys`, which can be late; so each answer says which it is of. */
export type StoreReply =
  | { readonly type: 'opened'; readonly directory: string; readonly found: OutboxStore['found'] }
  /** There is no slot that an ended process left. */
  | { readonly type: 'none-left' }
  | { readonly type: 'refused'; readonly because: string }
  | { readonly type: 'news'; readonly news: StoreNews }
  | {
      readonly type: 'totals';
      readonly of: number;
      readonly answer: StoreAnswer<OutboxTotals>;
      /** That of an `append`, to be used again. */
      readonly block?: ArrayBuffer;
    }
  | { readonly type: 'segments'; readonly of: number; readonly answer: StoreAnswer<readonly Segment[]> }
  | { readonly type: 'keys'; readonly of: number; readonly answer: StoreAnswer<KeyPage> }
  | { readonly type: 'closed' };
