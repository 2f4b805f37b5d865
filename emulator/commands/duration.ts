import { UsageError } from '../options.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `250ms`, `30s`, `5m`, `24h`, `7d` as milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) throw new UsageError(`${text} is not a duration such as 250ms, 30s, 5m, 24h or 7d`);
  return Number(match[1]) * UNITS[match[2]!]!;
}

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`${text} is not a number`);
  return value;
}
