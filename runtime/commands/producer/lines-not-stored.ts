import type { Clock } from '../../clock.ts';
import type { Note } from '../../log/log.ts';

/** Lines of one reason that come within this time are told together (ms). */
const TOGETHER_MS = 250;

export interface Place {
  /** The name of the source. */
  readonly source: string;
  readonly line: number;
}

/** Tells which lines were not stored and why: `lines 3-9, 12 of standard input: not stored: …`. Lines of one reason are told together. */
export class LinesNotStored {
  readonly #clock: Clock;
  readonly #note: (note: Note) => void;
  /** By source and reason. */
  #groups = new Map<string, { readonly source: string; readonly reason: string; readonly lines: number[] }>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, note: (note: Note) => void) {
    this.#clock = clock;
    this.#note = note;
  }

  add({ source, line }: Place, reason: string): void {
    const name = `${source}\n${reason}`;
    const group = this.#groups.get(name) ?? { source, reason, lines: [] };
    group.lines.push(line);
    this.#groups.set(name, group);
    this.#cancel ??= this.#clock.after(TOGETHER_MS, () => this.flush());
  }

  /** Tells at once what was added. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const groups = this.#groups;
    this.#groups = new Map();
    for (const { source, reason, lines } of groups.values()) {
      const ranges = rangesOf(lines);
      const word = lines.length === 1 ? 'line' : 'lines';
      this.#note({
        type: 'lines-not-stored',
        level: 'error',
        lines: [`${word} ${ranges} of ${source}: not stored: ${reason}`],
        fields: { source, numbers: ranges, count: lines.length, reason },
      });
    }
  }
}

/** `3-9, 12`: numbers in order, runs as ranges. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && number <= last[1] + 1) last[1] = Math.max(last[1], number);
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}
