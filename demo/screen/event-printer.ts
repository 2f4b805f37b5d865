import type { Happening } from '../journal/entries.ts';
import type { Line } from './timeline.ts';

const SWITCHES = new Set(['failover-done', 'failback-done']);
const ALARMING = new Set([
  'attempt-failed',
  'read-failed',
  'failover-started',
  'no-region',
  'provision-failed',
]);

/**
 * What the programs say, as lines of the timeline. Eight lanes that fail together say the same thing many times: until the
 * next switch each thing is told once.
 */
export class Narrator {
  readonly #tell: (line: Line) => void;
  readonly #told = new Set<string>();

  constructor(tell: (line: Line) => void) {
    this.#tell = tell;
  }

  hears({ who, type, message }: Happening): void {
    if (SWITCHES.has(type)) this.#told.clear();
    const said = `${who} ${message}`;
    if (who === 'demo' || this.#told.has(said)) return;
    this.#told.add(said);
    // A log joins the lines of an event by a blank, and indents all but the first by two.
    const text = message.replaceAll(/ {3}/g, '\n');
    this.#tell({ voice: who, label: who, text, alarming: ALARMING.has(type) });
  }
}
