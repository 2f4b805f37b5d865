/** Proof that a region stored a message. */
export interface Receipt {
  readonly type?: undefined;
  readonly region: string;
  /** OCID of the stream. */
  readonly stream: string;
  readonly partition: string;
  /** Grows within a partition, with gaps; never compute a count from two of them. */
  readonly offset: number;
  /** RFC 3339, by the region's clock. */
  readonly timestamp: string;
}

/** Proof that a message is on this machine's disk: it is sent when a region takes messages, also by a later process. */
export interface OutboxReceipt {
  readonly type: 'outbox';
  readonly directory: string;
  /** Its place in the order of acceptance. */
  readonly sequence: number;
}

export type AnyReceipt = Receipt | OutboxReceipt;
