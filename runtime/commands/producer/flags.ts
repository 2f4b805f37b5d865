import type { SettingName } from '../../settings/index.ts';
import type { LogFlags } from '../session.ts';
import { OF_ACCESS, OF_STREAMS } from '../setting-flags.ts';

/** The settings that matter to this command. */
export const SETTINGS: readonly SettingName[] = [
  ...OF_STREAMS,
  'stackRefresh',
  'recordFile',
  'exportEnvironment',
  ...OF_ACCESS,
  'maxAttempts',
  'baseDelayMs',
  'maxDelayMs',
  'retryWindowMs',
  'requestTimeoutMs',
  'deliveryTimeoutMs',
  'failoverOnThrottle',
  'failback',
  'failbackAfterMs',
  'failbackMinIntervalMs',
  'probeIntervalMs',
  'lanes',
  'maxBatchMessages',
  'maxBatchBytes',
  'strictOrder',
  'maxBufferBytes',
  'maxBlockMs',
  'closeTimeoutMs',
];

export interface ProducerFlags extends LogFlags {
  readonly count?: number;
  readonly rate?: number;
  readonly size?: number;
  readonly keys?: number;
  readonly key?: string;
  readonly keyDelimiter?: string;
  readonly input?: 'lines' | 'json';
  readonly lineEnding?: 'lf' | 'crlf';
  readonly delimiter?: string;
  readonly failed?: string;
  /** Milliseconds. */
  readonly deadline?: number;
  readonly output: 'none' | 'json';
}

export const DEFAULT_KEYS = 8;

/** Pairs of flags that have no meaning together, in words; empty when there are none. */
export function contradictions(sources: readonly string[], flags: ProducerFlags): string[] {
  const found: string[] = [];
  const refuse = (given: Partial<Record<string, unknown>>, why: string): void => {
    for (const [flag, value] of Object.entries(given)) if (value !== undefined) found.push(`${flag} ${why}`);
  };
  const { count, size, keys, key, keyDelimiter, input, lineEnding, delimiter, failed } = flags;
  if (sources.length > 0) {
    refuse(
      { '--count': count, '--size': size, '--keys': keys },
      'is for made-up messages, not for lines of an input',
    );
  } else {
    const given = {
      '-K': keyDelimiter,
      '--input': input,
      '--line-ending': lineEnding,
      '--delimiter': delimiter,
      '--failed': failed,
    };
    refuse(given, 'is for the lines of an input: give - (standard input) or a file');
  }
  if (key !== undefined)
    refuse({ '--keys': keys, '-K': keyDelimiter }, 'and --key both say which key a message has');
  if (input === 'json')
    refuse(
      { '-K': keyDelimiter, '--key': key },
      'has no meaning with --input json, where each line has its key',
    );
  if (lineEnding !== undefined)
    refuse({ '--delimiter': delimiter }, 'and --line-ending both say what ends a line');
  return found;
}
