import { Command, InvalidArgumentError, Option } from 'commander';

import {
  OCI_CLI_VARIABLES,
  sections,
  table,
  variablesOf,
  type Given,
  type Row,
  type SettingName,
} from '../settings/index.ts';
import { exitCodesOf, type CommandName } from './exit-codes.ts';

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

/** Which streams there are, and how they are found: settings of every command that speaks to a region. */
export const OF_STREAMS: readonly SettingName[] = [
  'primaryRegion',
  'secondaryRegion',
  'compartmentId',
  'streamName',
  'secondaryStreamName',
  'primaryStreamOcid',
  'primaryStreamEndpoint',
  'outputs',
];

/** Who asks. */
export const OF_ACCESS: readonly SettingName[] = ['configFile', 'profile', 'auth'];

const TITLES: Record<keyof typeof sections, string> = {
  where: 'Where:',
  who: 'Who:',
  retrying: 'Retrying:',
  switching: 'Failing over and back:',
  producing: 'Sending:',
  consuming: 'Reading:',
};

/** Adds a flag for each of these settings; `--help` shows range, unit, default and environment variable. */
function addSettingFlags(command: Command, names: readonly SettingName[]): Command {
  for (const [section, rows] of Object.entries(sections)) {
    const wanted = (Object.keys(rows) as SettingName[]).filter((name) => names.includes(name));
    if (wanted.length === 0) continue;
    command.optionsGroup(TITLES[section as keyof typeof sections]);
    for (const name of wanted) {
      const row: Row<unknown> = table[name];
      command.addOption(optionFor(row));
      if (isSwitch(row)) command.addOption(new Option(`--no-${row.flag}`).hideHelp());
    }
    if (section === 'where') command.addOption(endpointOption());
    if (section === 'who') command.addHelpText('after', `\n${OCI_CLI_VARIABLES}`);
  }
  return command;
}

/** The settings among what commander parsed, by their names in the table. */
export function givenSettings(parsed: object, names: readonly SettingName[]): Given {
  const flags = parsed as Readonly<Record<string, unknown>>;
  const given: Record<string, unknown> = { endpoints: flags['endpoint'] };
  for (const name of names) given[name] = flags[camelCase(table[name].flag)];
  return given;
}

function optionFor(row: Row<unknown>): Option {
  const notes = [row.range, ...variablesOf(row)];
  if (row.default !== undefined) notes.push(`default ${shown(row.default)}`);
  const about = `${row.about} (${notes.join('; ')})`;
  if (isSwitch(row)) return new Option(`--${row.flag} [yes|no]`, about).preset('yes');
  return new Option(`--${row.flag} <${row.placeholder}>`, about);
}

/** `--failback`, `--failback no` and `--no-failback`. */
function isSwitch(row: Row<unknown>): boolean {
  return typeof row.default === 'boolean';
}

function shown(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

function endpointOption(): Option {
  const about = 'a base URL to use in a region: a private endpoint, or the emulator; may be repeated';
  return new Option('--endpoint <region=url>', `${about} (OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1)`).argParser(
    (text, before: Record<string, string> | undefined) => {
      const at = text.indexOf('=');
      if (at < 1) throw new InvalidArgumentError('It must look like sa-saopaulo-1=https://…');
      return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
    },
  );
}

const camelCase = (flag: string): string =>
  flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
