/** Lines that wait for a reader who does not read are dropped beyond this many bytes, and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * Standard error for lines. A reader that is gone, a full disk or a reader that does not read changes nothing but the log:
 * lines are dropped, and the number of dropped lines is told when there is room again.
 */
export class StandardError {
  readonly #stream: NodeJS.WriteStream;
  #dropped = 0;
  /** Runs before each write: a progress line has to be cleared first. */
  beforeWrite: () => void = () => {};
  /** The line that tells of dropped ones. */
  droppedLine: (count: number) => string = () => '';

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    // Without a listener, an error of the log would end the process.
    stream.on('error', () => {});
  }

  get stream(): NodeJS.WriteStream {
    return this.#stream;
  }

  /** Writes whole lines. */
  write(text: string): void {
    this.beforeWrite();
    if (this.#stream.writableLength > MAX_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) this.#stream.write(this.droppedLine(this.#dropped));
    this.#dropped = 0;
    this.#stream.write(text);
  }
}
