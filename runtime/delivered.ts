/** Proof that a region stored a message. */
export interface Receipt {
  readonly region: string;
  /** OCID of the stream. */
  readonly stream: string;
  readonly partition: string;
  /** Grows within a partition, with gaps; never compute a count from two of them. */
  readonly offset: number;
  /** RFC 3339, by the region's clock. */
  readonly timestamp: string;
}

export type Fate =
  | { readonly fate: 'stored'; readonly receipt: Receipt }
  /** Refused, or not named in the answer: goes again, before anything later of its key. */
  | { readonly fate: 'again'; readonly because: string }
  | { readonly fate: 'rejected'; readonly error: Error };

/** What became of a batch: one fate a message, in order. */
export interface Delivered {
  readonly fates: readonly Fate[];
  /** How long to wait before what goes again, in ms. */
  readonly pauseMs: number;
}
