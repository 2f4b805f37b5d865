import { Option, type Command } from 'commander';

import { table, type SettingName } from '../../settings/index.ts';
import { newCommand } from '../new-command.ts';
import type { LogFlags } from '../session.ts';

export const SETTINGS = Object.keys(table) as SettingName[];

export interface ConfigFlags extends LogFlags {
  readonly output: 'text' | 'json';
}

const EXAMPLES = [
  ['config', 'every setting, its value, and where the value came from'],
  ['config --output json', 'the same for programs'],
] as const;

export function configCommand(): Command {
  return newCommand(
    'config',
    'show every setting, its value and where it came from',
    EXAMPLES,
    SETTINGS,
    (command) =>
      command
        .addOption(new Option('--output <format>', 'on stdout (default text)').choices(['text', 'json']))
        .action(async (flags: ConfigFlags) => {
          process.exitCode = await (
            await import('./run.ts')
          ).run({ ...flags, output: flags.output ?? 'text' });
        }),
  );
}
