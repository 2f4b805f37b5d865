/** A stream as OCI lists it. */
export interface LiveStream {
  readonly ocid: string;
  readonly endpoint: string;
  readonly name: string;
  readonly partitions: number;
  /** Hours; a listing leaves it out, a look at the stream itself has it. */
  readonly retentionInHours?: number;
  readonly freeformTags: Readonly<{ [key: string]: string }>;
}
