/** What a message costs beside its bytes: two strings, two numbers. */
const MESSAGE_OVERHEAD_BYTES = 120;

/** What the messages of a region take in memory, roughly: kept by the partitions, so that nobody has to add them up. */
export class StoredTotal {
  #messages = 0;
  /** Decoded. */
  #bytes = 0;

  add(bytes: number): void {
    this.#messages += 1;
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#messages -= 1;
    this.#bytes -= bytes;
  }

  /** They are kept as base64, which is 4/3 of them. */
  get inMemory(): number {
    return (this.#bytes * 4) / 3 + this.#messages * MESSAGE_OVERHEAD_BYTES;
  }
}
