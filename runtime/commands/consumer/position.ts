import type { StartAt } from '../../consumer/index.ts';
import { HaError } from '../../errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** `--offset -N` keeps so many offsets per partition in memory. */
const MAX_LAST = 1_000_000;

/**
 * `--from`: `earliest`, `latest`, `-1h` (so long ago), or a time: RFC 3339, or without an offset in this machine's zone.
 * Gives what the setting takes. @throws HaError `CONFIG`.
 */
export function fromOf(text: string, wallMs: number): string {
  if (text === 'earliest' || text === 'latest') return text;
  const [, amount, unit] = /^-(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text) ?? [];
  const at =
    amount === undefined || unit === undefined ? timeOf(text) : wallMs - Number(amount) * (UNITS[unit] ?? 0);
  if (Number.isFinite(at) && at >= 0) return new Date(at).toISOString();
  throw new HaError(
    'CONFIG',
    `--from ${JSON.stringify(text)} is no position; give earliest, latest, -1h (also s, m, d), or a time such as 2026-11-23T20:00:00Z.`,
  );
}

/** Refuses days such as 30 February, which `Date` takes for 2 March. */
function timeOf(text: string): number {
  const [, year, month, day] =
    /^(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  if (year === undefined) return Number.NaN;
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) < 1 || Number(day) > days) return Number.NaN;
  // `Date` reads a date without a time as UTC.
  return Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T'));
}

/** `--offset`: a number, `earliest`, `latest`, or `-10`: so many before the end. @throws HaError `CONFIG`. */
function offsetOf(text: string): StartAt {
  if (text === 'earliest') return 'TRIM_HORIZON';
  if (text === 'latest') return 'LATEST';
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return { atOffset: number };
  if (/^-\d+$/.test(text) && -number >= 1 && -number <= MAX_LAST) return { last: -number };
  throw new HaError(
    'CONFIG',
    `--offset ${JSON.stringify(text)} is no offset; give a number, earliest, latest, or -10 for the last ten of each partition.`,
  );
}

/** Where a read without a group begins. */
export function startOf({ offset, from }: { offset?: string; from?: string }, wallMs: number): StartAt {
  if (offset !== undefined) return offsetOf(offset);
  const start = fromOf(from ?? 'earliest', wallMs);
  if (start === 'earliest') return 'TRIM_HORIZON';
  return start === 'latest' ? 'LATEST' : { time: start };
}
