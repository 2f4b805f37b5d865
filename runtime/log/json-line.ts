import type { Clock } from '../clock.ts';
import type { Level } from './lines.ts';

interface LineContext {
  readonly component: string;
  readonly pid: number;
  readonly version: string;
  readonly clock: Clock;
}

/** One JSON object: when and who, then the fields of the event, then the words of the text log. No key comes twice. */
export function jsonLine(
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
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return key.endsWith('Ms') || key.endsWith('At') ? Math.round(value) : Math.round(value * 1_000) / 1_000;
  }
  if (key === 'error') {
    if (!(value instanceof Error)) return typeof value === 'object' && value !== null ? value : String(value);
    return { code: 'code' in value ? value.code : value.name, message: value.message };
  }
  return value;
}
