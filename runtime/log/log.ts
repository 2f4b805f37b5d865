import { styleText } from 'node:util';

import type { Clock } from '../clock.ts';
import type { EventListener, HaEvent } from '../events.ts';
import { optionsAsFlags } from '../settings/index.ts';
import { linesOf, regionOf, type Level, type NoteType } from './lines.ts';

export type LogFormat = 'text' | 'plain' | 'json';

/** The least level that is shown. */
type Threshold = 'debug' | 'info' | 'error';

/** Something that a command says of its own run; `fields` are for the JSON log. */
export interface Note {
  readonly type: NoteType;
  readonly level: Level;
  readonly lines: readonly string[];
  readonly region?: string | undefined;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface Log {
  readonly event: EventListener;
  note(note: Note): void;
}

export interface LogOptions {
  readonly format: LogFormat;
  readonly threshold: Threshold;
  /** `producer`, `consumer`, … */
  readonly component: string;
  readonly pid: number;
  readonly version: string;
  readonly clock: Clock;
  /** Takes whole lines. */
  readonly write: (text: string) => void;
  /** Decides on colours: NO_COLOR, FORCE_COLOR, a terminal. */
  readonly stream: NodeJS.WriteStream;
}

const STYLES: Record<Level, 'dim' | 'none' | 'yellow' | 'red'> = {
  debug: 'dim',
  info: 'none',
  warn: 'yellow',
  error: 'red',
};
const RANK: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 };
/** Lanes that fail together log the same line at once: it is shown once in this time (ms). */
const SAME_LINE_MS = 1_000;
const MAX_REMEMBERED_LINES = 100;

/** The log of one process: each line has time, level, process and region in front (`text`), or not (`plain`), or is JSON. */
export function openLog(options: LogOptions): Log {
  const regions = new RegionSeen();
  const repeated = new RepeatedLines(options.clock);
  const retried = new RetriedForLong(options.clock);
  return {
    event(event) {
      const late = regions.isLate(event);
      const { level, lines } = linesOf(event);
      const told = late
        ? { level: 'debug' as const, lines: lines.map((line) => `Late: ${line}`) }
        : { level, lines };
      if (!isShown(told.level, options)) return;
      if (options.format === 'json') {
        options.write(jsonLine(told.level, told.lines.join(' '), event, options));
        return;
      }
      if (repeated.hasJustBeenSaid(told.lines.join('\n')) || retried.isTooSoon(event)) return;
      const about =
        event.type === 'attempt-failed' && event.messages > 0 ? ` (batch of ${event.messages})` : '';
      writeText(told.level, told.lines, `${regionOf(event) ?? '-'}${about}`, options);
    },
    note({ type, level, lines, region, fields }) {
      if (!isShown(level, options)) return;
      if (options.format === 'json') {
        const where = region === undefined ? {} : { region };
        options.write(jsonLine(level, lines.join('\n'), { type, ...where, ...fields }, options));
      } else writeText(level, lines, region ?? '-', options);
    },
  };
}

function isShown(level: Level, { threshold }: LogOptions): boolean {
  return RANK[level] >= RANK[threshold];
}

function writeText(level: Level, lines: readonly string[], where: string, options: LogOptions): void {
  const { format, component, pid, clock, stream } = options;
  const prefix =
    format === 'plain'
      ? ''
      : `${isoWithOffset(clock.wall())} ${level.toUpperCase().padEnd(5)} ${component}[${pid}] ${where}: `;
  const text = lines
    .flatMap((line) => line.split('\n'))
    .map((line) => `${prefix}${optionsAsFlags(line)}`)
    .join('\n');
  options.write(`${styleText(STYLES[level], text, { stream })}\n`);
}

/** An attempt that began before a region was left can still fail: such a line must not read as if it were news. */
class RegionSeen {
  #active: string | undefined;
  #left: string | undefined;

  isLate(event: HaEvent): boolean {
    switch (event.type) {
      case 'failover-started':
        this.#left = event.from;
        break;
      case 'failover-done':
      case 'failback-done':
        this.#enters(event.to.region);
        break;
      case 'stayed':
        this.#enters(event.stream.region);
        break;
      case 'attempt-failed':
        return event.region === this.#left || (this.#active !== undefined && event.region !== this.#active);
      default:
    }
    return false;
  }

  #enters(region: string): void {
    this.#active = region;
    this.#left = undefined;
  }
}

/** The first and the longest time between two lines of one thing that goes on failing (ms). */
const FIRST_INTERVAL_MS = 2_000;
const LONGEST_INTERVAL_MS = 60_000;
const TOLD_LESS_OFTEN: ReadonlySet<HaEvent['type']> = new Set([
  'provision-failed',
  'record-failed',
  'outbox-failed',
]);

/** A failure that is retried without end, or comes with each of many messages, is logged less and less often. */
class RetriedForLong {
  readonly #clock: Clock;
  readonly #told = new Map<string, { readonly at: number; readonly intervalMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isTooSoon(event: HaEvent): boolean {
    if (!TOLD_LESS_OFTEN.has(event.type)) return false;
    const now = this.#clock.now();
    const last = this.#told.get(event.type);
    if (last !== undefined && now - last.at < last.intervalMs) return true;
    // After a long time without failures this is a new one.
    const isAnother = last === undefined || now - last.at > 2 * LONGEST_INTERVAL_MS;
    const intervalMs = isAnother ? FIRST_INTERVAL_MS : Math.min(2 * last.intervalMs, LONGEST_INTERVAL_MS);
    this.#told.set(event.type, { at: now, intervalMs });
    return false;
  }
}

class RepeatedLines {
  readonly #clock: Clock;
  #said = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hasJustBeenSaid(text: string): boolean {
    const now = this.#clock.now();
    const saidAt = this.#said.get(text);
    if (saidAt !== undefined && now - saidAt < SAME_LINE_MS) return true;
    if (this.#said.size > MAX_REMEMBERED_LINES) this.#said = new Map();
    this.#said.set(text, now);
    return false;
  }
}

interface LineContext {
  readonly component: string;
  readonly pid: number;
  readonly version: string;
  readonly clock: Clock;
}

/** One JSON object: when and who, then the fields of the event, then the words of the text log. No key comes twice. */
function jsonLine(
  level: Level,
  message: string,
  fields: object,
  { component, pid, version, clock }: LineContext,
): string {
  const time = new Date(clock.wall()).toISOString();
  const line = { time, level, pid, component, version, ...fields, message };
  return `${JSON.stringify(line, readable)}\n`;
}

/** Times in whole milliseconds, other numbers to three decimals; of an error its code and message: a stack tells people nothing. */
function readable(key: string, value: unknown): unknown {
  if (typeof value === 'string') return optionsAsFlags(value);
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return key.endsWith('Ms') || key.endsWith('At') ? Math.round(value) : Math.round(value * 1_000) / 1_000;
  }
  if (key === 'error') {
    if (!(value instanceof Error)) return typeof value === 'object' && value !== null ? value : String(value);
    return { code: 'code' in value ? value.code : value.name, message: value.message };
  }
  return value;
}

/** ISO 8601 in this machine's zone, with its offset from UTC: `2026-11-26T02:49:05.123-03:00`. */
export function isoWithOffset(wallMs: number): string {
  const minutesAhead = -new Date(wallMs).getTimezoneOffset();
  const local = new Date(wallMs + minutesAhead * 60_000).toISOString().slice(0, -1);
  const sign = minutesAhead < 0 ? '-' : '+';
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  return `${local}${sign}${two(Math.abs(minutesAhead) / 60)}:${two(Math.abs(minutesAhead) % 60)}`;
}
