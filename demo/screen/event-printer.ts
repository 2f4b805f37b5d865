import type { LoggedEvent } from '../journal/entries.ts';
import type { TimelineLine } from './timeline.ts';

const SWITCHES = new Set(['failover-done', 'failback-done']);
const ALARMING = new Set([
  'attempt-failed',
  'read-failed',
  'failover-started',
  'no-region',
  'provision-failed',
]);

/**
 * Prints the events of the programs as lines of the timeline. Eight lanes that fail at once report the same event many times: until the
 * next switch each text is printed once.
 */
export class EventPrinter {
  readonly #printLine: (line: TimelineLine) => void;
  readonly #printed = new Set<string>();

  constructor(printLine: (line: TimelineLine) => void) {
    this.#printLine = printLine;
  }

  print({ who, type, message }: LoggedEvent): void {
    if (SWITCHES.has(type)) this.#printed.clear();
    const said = `${who} ${message}`;
    if (who === 'demo' || this.#printed.has(said)) return;
    this.#printed.add(said);
    // The log writes an event in one line: three blanks stand for a line break.
    const text = message.replaceAll(/ {3}/g, '\n');
    this.#printLine({ source: who, label: who, text, alarming: ALARMING.has(type) });
  }
}
