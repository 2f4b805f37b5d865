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
