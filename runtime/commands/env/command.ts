import { Command, Option } from 'commander';

import { addSettingFlags } from '../setting-flags.ts';
import { SECTIONS, type EnvFlags } from './flags.ts';

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
