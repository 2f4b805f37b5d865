import type { Clock } from '../../clock.ts';
import type { Tally } from './tally.ts';

const EVERY_MS = 250;

/** One line on a terminal that tells how the run goes; nothing in a pipe. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #text: () => string;
  readonly #clock: Clock;
  #cancel = (): void => {};
  #shown = false;

  /** `isLive`: where lines are for people. */
  constructor(stream: NodeJS.WriteStream, clock: Clock, isLive: boolean, text: () => string) {
    this.#stream = stream;
    this.#clock = clock;
    this.#text = text;
    if (isLive && stream.isTTY) this.#draw();
  }

  /** Makes room for another line. */
  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001B[K');
    this.#shown = false;
  }

  close(): void {
    this.#cancel();
    this.clear();
  }

  #draw(): void {
    this.clear();
    this.#stream.write(this.#text());
    this.#shown = true;
    this.#cancel = this.#clock.after(EVERY_MS, () => this.#draw());
  }
}

export function progressText(tally: Tally, bufferedBytes: number): string {
  const regions = [...tally.storedByRegion].map(([region, count]) => `${region} ${count}`).join(', ');
  const waiting = tally.taken - tally.stored - tally.failed;
  return `sent ${tally.taken}  stored ${tally.stored}${regions === '' ? '' : ` (${regions})`}  on the way ${waiting} (${Math.round(bufferedBytes / 1024)} KiB)`;
}
