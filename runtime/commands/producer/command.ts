import { Command, Option } from 'commander';

import { wholeNumber } from '../numbers.ts';
import { addSettingFlags } from '../setting-flags.ts';
import { SECTIONS, type ProducerFlags } from './flags.ts';

export function producerCommand(): Command {
  const command = new Command('producer')
    .description('publish messages: made up ones, or the lines of a pipe')
    .argument('[source]', '`-`: one message a line of standard input')
    .addOption(
      new Option('--count <n>', 'how many made-up messages; without it, until interrupted').argParser(
        wholeNumber(1, 1e12),
      ),
    )
    .addOption(
      new Option(
        '--rate <n>',
        'messages a second (1 without --count, else as fast as they are taken)',
      ).argParser(wholeNumber(1, 1e6)),
    )
    .addOption(new Option('--size <bytes>', 'of each value, at least').argParser(wholeNumber(1, 1_048_576)))
    .addOption(
      new Option('--keys <n>', 'how many keys the made-up messages have')
        .argParser(wholeNumber(1, 1e6))
        .default(8),
    )
    .option('-K, --key-delimiter <text>', 'with `-`: splits key and value')
    .addOption(
      new Option('--output <format>', 'receipts on stdout, a JSON line each')
        .choices(['none', 'json'])
        .default('none'),
    );
  return addSettingFlags(command, SECTIONS).action(async (source: string | undefined, flags: ProducerFlags) =>
    (await import('./run.ts')).run(source, flags),
  );
}
