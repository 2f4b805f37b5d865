import { readFileSync } from 'node:fs';
import { UsageError, type EmulatorOptions } from '../../options.ts';
import type { Scenario } from '../../scenario.ts';
import { number } from '../duration.ts';

export interface ServeFlags {
  readonly regions: string[];
  readonly host: string;
  readonly controlHost: string;
  readonly advertise?: string;
  readonly port: number;
  readonly controlPort?: number;
  readonly createDelay: number;
  readonly updateDelay: number;
  readonly deleteDelay: number;
  readonly limits: NonNullable<EmulatorOptions['limits']>;
  readonly offsetGaps: number;
  readonly retryAfter: boolean;
  readonly maxStored: number;
  readonly whenFull: 'refuse' | 'drop-oldest';
  readonly signatures: 'required' | 'checked' | 'ignored';
  readonly user: Record<string, string[]>;
  readonly tls: boolean;
  readonly data?: string;
  readonly scenario?: Scenario;
  readonly log: boolean;
  readonly json: boolean;
}

/** `strict`, `relaxed`, or `putBytesPerSecond=1000000,getsPerSecond=5`. */
export function limitsFlag(text: string): NonNullable<EmulatorOptions['limits']> {
  if (text === 'strict' || text === 'relaxed') return text;
  const pairs = text.split(',').map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return [name, number(value)];
  });
  return Object.fromEntries(pairs) as NonNullable<EmulatorOptions['limits']>;
}

/** `writer=use stream-push, read streams`; may be given more than once. */
export function userFlag(text: string, others: Record<string, string[]>): Record<string, string[]> {
  const mark = text.indexOf('=');
  const [name, grants] = mark === -1 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)];
  return { ...others, [name]: grants.split(',').map((grant) => grant.trim()) };
}

/** A file of JSON; what it says is checked with the other options. */
export function scenarioFlag(file: string): Scenario {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Scenario;
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? 'it is not JSON' : String((error as NodeJS.ErrnoException).code);
    throw new UsageError(`--scenario ${file}: ${reason}`);
  }
}
