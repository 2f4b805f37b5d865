import { Option, type Command } from 'commander';

import type { Shell } from '../../record/index.ts';
import type { SettingName } from '../../settings/index.ts';
import { newCommand } from '../new-command.ts';
import type { LogFlags } from '../session.ts';

export const SETTINGS: readonly SettingName[] = ['primaryRegion', 'secondaryRegion', 'recordFile'];

export interface EnvFlags extends LogFlags {
  readonly shell: Shell;
}

const EXAMPLES = [
  ['env', 'the lines to evaluate in sh, bash or zsh: eval "$(…)"'],
  ['env --shell fish', 'or powershell, cmd'],
] as const;

export function envCommand(): Command {
  const about = 'print lines that set SECONDARY_STREAM_OCID and SECONDARY_STREAM_ENDPOINT in a shell';
  return newCommand('env', about, EXAMPLES, SETTINGS, (command) =>
    command
      .addOption(
        new Option('--shell <shell>', 'whose syntax (default sh)').choices([
          'sh',
          'fish',
          'powershell',
          'cmd',
        ]),
      )
      .action(async (flags: EnvFlags) => {
        process.exitCode = await (await import('./run.ts')).run({ ...flags, shell: flags.shell ?? 'sh' });
      }),
  );
}
