import { Option, type Command } from 'commander';

import { SETTINGS_OF } from '../../settings/index.ts';
import { duration, someText, wholeNumber } from '../flag-values.ts';
import { newCommand } from '../new-command.ts';
import type { LogFlags } from '../session.ts';

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

const EXAMPLES = [
  ['producer --count 20', '20 made-up messages'],
  ['producer - < messages.txt', 'a message per line'],
  [
    String.raw`producer - -K '\t' --failed failed.txt < keyed.tsv`,
    'key, tab, value; lines that are not stored go to a file',
  ],
  [
    'producer --input json --deadline 10m batch.jsonl',
    '{"key":"a","value":"b"} per line, for at most ten minutes',
  ],
  ['producer - --rate 50 --output json < messages.txt', '50 per second, a receipt for each on stdout'],
] as const;

/** `run` gives the exit code. */
export function producerCommand(
  run: (sources: readonly string[], flags: ProducerFlags) => Promise<number>,
): Command {
  return newCommand(
    'producer',
    'publish messages: the lines of an input, or made-up ones',
    EXAMPLES,
    SETTINGS_OF.producer,
    (command) =>
      command
        .argument('[source...]', '`-` for standard input, or files; without one, messages are made up')
        .addOption(
          new Option('--count <n>', 'how many made-up messages; without it, until interrupted').argParser(
            wholeNumber(1, 1e12),
          ),
        )
        .addOption(
          new Option('--size <bytes>', 'of each made-up value, at least').argParser(
            wholeNumber(1, 1_048_576),
          ),
        )
        .addOption(
          new Option(
            '--keys <n>',
            `how many keys the made-up messages have (default ${DEFAULT_KEYS})`,
          ).argParser(wholeNumber(1, 1e6)),
        )
        .addOption(
          new Option(
            '--rate <n>',
            'messages per second, of an input too (default: 1 for made-up messages without --count, else as fast as they are stored)',
          ).argParser(wholeNumber(1, 1e6)),
        )
        .addOption(
          new Option(
            '--input <format>',
            'of a line (default lines); json: key or keyBase64, value or valueBase64',
          ).choices(['lines', 'json']),
        )
        .option(
          '-K, --key-delimiter <text>',
          String.raw`what stands between key and value in a line; takes \t, \0, \x1f, …`,
        )
        .option('--key <text>', 'the key of every message')
        .addOption(
          new Option('--line-ending <ending>', 'of the lines of an input (default lf)').choices([
            'lf',
            'crlf',
          ]),
        )
        .option('--delimiter <text>', String.raw`what ends a line instead, as '\0'`)
        .option(
          '--failed <file>',
          'write the lines that were not stored to this file, as they were',
          someText,
        )
        .addOption(
          new Option(
            '--deadline <duration>',
            'what is not stored by then goes to the outbox, or is reported as not stored',
          ).argParser(duration(0)),
        )
        .addOption(
          new Option('--output <format>', 'json: a receipt per message on stdout (default none)').choices([
            'none',
            'json',
          ]),
        )
        .action(async (sources: string[], flags: ProducerFlags) => {
          process.exitCode = await run(sources, { ...flags, output: flags.output ?? 'none' });
        }),
  );
}

/** Pairs of flags that have no meaning together, in words; empty when there are none. */
export function inputContradictions(sources: readonly string[], flags: ProducerFlags): string[] {
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
