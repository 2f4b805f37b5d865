import { InvalidArgumentError, Option, type Command } from 'commander';

import { SETTINGS_OF } from '../../settings/index.ts';
import { duration, someText, wholeNumber } from '../flag-values.ts';
import { newCommand } from '../new-command.ts';
import type { LogFlags } from '../session.ts';

/** `from` is a flag of its own here: it takes more. */
export const SETTINGS = SETTINGS_OF.consumer.filter((name) => name !== 'from');

/** The command line's own group, so that trying it out takes no messages from a program that uses the library's default. */
export const DEFAULT_GROUP = 'oci-streaming-ha-command-line';

export interface ConsumerFlags extends LogFlags {
  readonly count?: number;
  /** Milliseconds. */
  readonly untilIdle?: number;
  readonly follow?: boolean;
  readonly output?: 'text' | 'json';
  readonly format?: string;
  /** False: `--no-commit`. */
  readonly commit: boolean;
  readonly partition?: readonly string[];
  readonly offset?: string;
  readonly from?: string;
  readonly key?: string;
  readonly group?: string;
  readonly groupTimeout?: string;
  readonly dedupeDirectory?: string;
  readonly exec?: string;
  readonly deadLetters?: string;
  readonly fromDeadLetters?: string;
  readonly maxHandlerAttempts?: string;
}

const EXAMPLES = [
  ['consumer', `read on and on in the group ${DEFAULT_GROUP}`],
  ['consumer --group billing --until-idle 5s', 'what group billing has not read yet'],
  ['consumer --no-commit --from -1h --output json', 'the last hour, without disturbing anybody'],
  ['consumer --partition 0 --offset -10 --count 10', 'the last ten of partition 0'],
  [String.raw`consumer --format '%p %o %k %v\n' --key order-1`, 'only one key, in a format of your own'],
  [
    "consumer --exec './bill.sh' --dead-letters failed",
    'run a command for each message; what it fails with 5 times goes to the stream failed',
  ],
  ['consumer --from-dead-letters failed --until-idle', 'print what failed, as it was'],
] as const;

/** `run` gives the exit code. */
export function consumerCommand(run: (flags: ConsumerFlags) => Promise<number>): Command {
  return newCommand(
    'consumer',
    'read messages from both regions and print them',
    EXAMPLES,
    SETTINGS,
    (command) =>
      command
        .addOption(new Option('--count <n>', 'end after so many messages').argParser(wholeNumber(1, 1e12)))
        .addOption(
          new Option('--until-idle [duration]', 'end when nothing came for so long (default 5s)')
            .preset('5s')
            .argParser(duration(0)),
        )
        .option('--follow', 'read on until interrupted: what it does without --count and --until-idle')
        .addOption(
          new Option('--output <format>', 'a message per line (default text)').choices(['text', 'json']),
        )
        .option(
          '--format <format>',
          String.raw`for example '%p %o %k %v\n': partition, offset, key, value; also %t time, %r region, %i id of an envelope`,
        )
        .option('--key <text>', 'print only messages of this key')
        .option(
          '--exec <command>',
          'run this command of the shell for each message instead of printing it: the value (of MESSAGE_BYTES bytes) is its standard input, MESSAGE_KEY, MESSAGE_ID, MESSAGE_OFFSET, … are its environment; another exit code than 0 is a failure, and the message is tried again; a command that cannot be run (126, 127) ends the read',
          someText,
        )
        .option('--no-commit', 'read in passing: without a group, and nothing is committed')
        .addOption(
          new Option('--partition <n>', 'only this partition, without a group; may be repeated').argParser(
            partitions,
          ),
        )
        .option(
          '--offset <position>',
          'where to begin, without a group: earliest, latest, -10 (the last ten), or with --partition a number',
        )
        .option(
          '--from <position>',
          'where a new group, or a read without a group, begins: earliest, latest, -1h, 2026-11-23T20:00:00Z (default earliest)',
        )
        .action(async (flags: ConsumerFlags) => {
          process.exitCode = await run(flags);
        }),
  );
}

function partitions(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^\d{1,4}$/.test(text))
    throw new InvalidArgumentError('It must be the number of a partition, from 0.');
  return [...new Set([...before, String(Number(text))])];
}

/** Whether messages are read without a group. */
export function isInPassing({ commit, partition, offset }: ConsumerFlags): boolean {
  return !commit || partition !== undefined || offset !== undefined;
}

/** Flags that have no meaning together, in words; empty when there are none. */
export function readingContradictions(flags: ConsumerFlags): string[] {
  const found: string[] = [];
  const { count, untilIdle, follow, output, format, offset, from, group, partition } = flags;
  const isGiven = (...values: unknown[]): boolean => values.every((value) => value !== undefined);
  if (isGiven(output, format)) found.push('--output and --format both say how a message is printed');
  if (isGiven(offset, from)) found.push('--offset and --from both say where reading begins');
  if (isGiven(follow, untilIdle)) found.push('--follow and --until-idle contradict one another');
  if (isGiven(follow, count)) found.push('--follow and --count contradict one another');
  if (isInPassing(flags)) {
    const why = 'has no meaning without a group: --no-commit, --partition and --offset read without one';
    if (group !== undefined) found.push(`--group ${why}`);
    if (flags.groupTimeout !== undefined) found.push(`--group-timeout ${why}`);
    if (flags.dedupeDirectory !== undefined) found.push(`--dedupe-directory ${why}`);
    if (flags.exec !== undefined) found.push(`--exec ${why}`);
    if (flags.fromDeadLetters !== undefined) found.push(`--from-dead-letters ${why}`);
  }
  if (flags.exec === undefined) {
    const why = 'is about a command that fails (--exec): printing a message does not fail';
    if (flags.deadLetters !== undefined) found.push(`--dead-letters ${why}`);
    if (flags.maxHandlerAttempts !== undefined) found.push(`--max-handler-attempts ${why}`);
  } else {
    const why = 'is about printing, and --exec runs a command instead';
    if (output !== undefined) found.push(`--output ${why}`);
    if (format !== undefined) found.push(`--format ${why}`);
  }
  if (offset !== undefined && /^\d+$/.test(offset) && partition?.length !== 1) {
    found.push(`--offset ${offset} is a place in one partition: give one --partition with it`);
  }
  return found;
}
