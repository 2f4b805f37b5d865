/** When a call must be over. One deadline can span several exchanges. */
export interface Deadline {
  /** Milliseconds for the whole call. */
  readonly limitMs: number;
  /** On the clock's `now()`. */
  readonly dueAt: number;
  readonly signal: AbortSignal | undefined;
}
