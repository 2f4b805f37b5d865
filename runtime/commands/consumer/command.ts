import { InvalidArgumentError, Option, type Command } from 'commander';

import { newCommand } from '../new-command.ts';
import { durationMs, wholeNumber } from '../numbers.ts';
import { DEFAULT_GROUP, SETTINGS, type ConsumerFlags } from './flags.ts';

const EXAMPLES = [
  ['consumer', `read on and on in the group ${DEFAULT_GROUP}`],
  ['consumer --group billing --until-idle 5s', 'what group billing has not read yet'],
  ['consumer --no-commit --from -1h --output json', 'the last hour, without disturbing anybody'],
  ['consumer --partition 0 --offset -10 --count 10', 'the last ten of partition 0'],
  [String.raw`consumer --format '%p %o %k %v\n' --key order-1`, 'only one key, in a format of your own'],
] as const;

export function consumerCommand(): Command {
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
            .argParser(durationMs),
        )
        .option('--follow', 'read on until interrupted: what it does without --count and --until-idle')
        .addOption(
          new Option('--output <format>', 'a message per line (default text)').choices(['text', 'json']),
        )
        .option(
          '--format <format>',
          String.raw`for example '%p %o %k %v\n': partition, offset, key, value; also %t time, %r region`,
        )
        .option('--key <text>', 'print only messages of this key')
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
          process.exitCode = await (await import('./run.ts')).run(flags);
        }),
  );
}

function partitions(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^\d{1,4}$/.test(text))
    throw new InvalidArgumentError('It must be the number of a partition, from 0.');
  return [...new Set([...before, String(Number(text))])];
}
