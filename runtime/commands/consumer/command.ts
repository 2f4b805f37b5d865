import { Command, Option } from 'commander';

import { durationMs, wholeNumber } from '../numbers.ts';
import { addSettingFlags } from '../setting-flags.ts';
import { SECTIONS, type ConsumerFlags } from './flags.ts';

export function consumerCommand(): Command {
  const command = new Command('consumer')
    .description('read messages from both regions and print them')
    .addOption(new Option('--count <n>', 'end after so many messages').argParser(wholeNumber(1, 1e12)))
    .addOption(
      new Option('--until-idle [duration]', 'end when nothing came for so long (5s)').argParser(durationMs),
    )
    .addOption(new Option('--output <format>', 'a message a line').choices(['text', 'json']).default('text'))
    .option(
      '--format <format>',
      String.raw`for example '%p %o %k %v\n': partition, offset, key, value; also %t %r`,
    );
  return addSettingFlags(command, SECTIONS).action(async (flags: ConsumerFlags) =>
    (await import('./run.ts')).run(flags),
  );
}
