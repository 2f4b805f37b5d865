import { Command, Option } from 'commander';

import { addSettingFlags } from '../setting-flags.ts';
import { SECTIONS, type StatusFlags } from './flags.ts';

export function statusCommand(): Command {
  const command = new Command('status')
    .description(
      'tell the active region, what is written down, and how both streams are (exit 10: failed over, 11: both down)',
    )
    .addOption(new Option('--output <format>', 'on stdout').choices(['text', 'json']).default('text'));
  return addSettingFlags(command, SECTIONS).action(async (flags: StatusFlags) =>
    (await import('./run.ts')).run(flags),
  );
}
