import { Command, Option } from 'commander';

import type { Shell } from '../../record/index.ts';
import { addSettingFlags, type Section } from '../setting-flags.ts';

export const SECTIONS: readonly Section[] = ['where'];

export interface EnvFlags {
  readonly shell: Shell;
}

export function envCommand(): Command {
  const command = new Command('env')
    .description(
      'print lines that set SECONDARY_STREAM_OCID and _ENDPOINT in a shell: eval "$(npm run --silent env)"',
    )
    .addOption(
      new Option('--shell <shell>', 'whose syntax')
        .choices(['sh', 'fish', 'powershell', 'cmd'])
        .default('sh'),
    );
  return addSettingFlags(command, SECTIONS).action(async (flags: EnvFlags) =>
    (await import('./run.ts')).run(flags),
  );
}
