import { Command, Option } from 'commander';

import type { SettingName } from '../settings/index.ts';
import { exitCodesOf, type CommandName } from './exit-codes.ts';
import { addSettingFlags } from './setting-flags.ts';

export type Examples = readonly (readonly [command: string, about: string])[];

/** As a checkout runs it, or as the package does. */
const PROGRAM = import.meta.url.endsWith('.ts') ? 'npm run' : 'oci-streaming-ha';

/** A command with its examples first, then its flags and its exit codes. */
export function newCommand(
  name: CommandName,
  about: string,
  examples: Examples,
  settings: readonly SettingName[],
  own: (command: Command) => Command,
): Command {
  const command = new Command(name).description(about).addHelpText('before', examplesText(examples));
  own(command);
  if (settings.length > 0) addSettingFlags(command, settings);
  return command
    .optionsGroup('Log:')
    .addOption(
      new Option('--log <format>', 'of stderr; plain: without time and process (default text)').choices([
        'text',
        'plain',
        'json',
      ]),
    )
    .option('--quiet', 'only errors on stderr')
    .addOption(
      new Option('--debug', 'also what is of interest only when something is odd').conflicts('quiet'),
    )
    .addHelpText('after', () => exitCodesText(name));
}

function examplesText(examples: Examples): string {
  const commands = examples.map(([command, about]) => [shellCommand(command), about] as const);
  const width = Math.max(...commands.map(([command]) => command.length));
  const lines = commands.map(([command, about]) =>
    width > 60 ? `  # ${about}\n  ${command}` : `  ${command.padEnd(width)}  # ${about}`,
  );
  return `Examples:\n${lines.join('\n')}\n`;
}

/** `npm run` takes flags for itself unless they come after `--`; its own lines would be data without `--silent`. */
function shellCommand(command: string): string {
  if (PROGRAM !== 'npm run') return `${PROGRAM} ${command}`;
  const [name = '', ...rest] = command.split(' ');
  return `npm run --silent ${name}${rest.length === 0 ? '' : ` -- ${rest.join(' ')}`}`;
}

function exitCodesText(name: CommandName): string {
  const rows = exitCodesOf(name).map(({ code, meaning }) => `  ${String(code).padEnd(3)}  ${meaning}`);
  return `\nExit codes:\n${rows.join('\n')}`;
}
