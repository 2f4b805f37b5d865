import { Option, type Command } from 'commander';

import type { SettingName } from '../../settings/index.ts';
import { newCommand } from '../new-command.ts';
import { durationMs } from '../numbers.ts';
import type { LogFlags } from '../session.ts';
import { OF_ACCESS, OF_STREAMS } from '../setting-flags.ts';

/** The settings that matter to this command. */
export const SETTINGS: readonly SettingName[] = [
  ...OF_STREAMS,
  'recordFile',
  ...OF_ACCESS,
  'requestTimeoutMs',
];

export interface StatusFlags extends LogFlags {
  readonly output: 'text' | 'json';
  /** Milliseconds between two looks. */
  readonly watch?: number;
}

const EXAMPLES = [
  ['status', 'which region is active, how both are, and which processes use them'],
  ['status --output json', 'one JSON object, for programs'],
  ['status --watch 5s', 'again every five seconds, until interrupted'],
] as const;

export function statusCommand(): Command {
  const about = 'tell which region is active, what each region answers, and which processes write where';
  return newCommand('status', about, EXAMPLES, SETTINGS, (command) =>
    command
      .addOption(new Option('--output <format>', 'on stdout (default text)').choices(['text', 'json']))
      .addOption(
        new Option('--watch [duration]', 'look again so often (default 2s)')
          .preset('2s')
          .argParser(durationMs),
      )
      .action(async (flags: StatusFlags) => {
        process.exitCode = await (await import('./run.ts')).run({ ...flags, output: flags.output ?? 'text' });
      }),
  );
}
