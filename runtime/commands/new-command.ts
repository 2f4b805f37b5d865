import { Command, InvalidArgumentError, Option } from 'commander';

import {
  flagOf,
  SECTIONS,
  SETTINGS_OF,
  table,
  variablesOf,
  type Given,
  type Row,
  type SettingName,
} from '../settings/index.ts';
import { exitCodesOf, type CommandName } from './exit-codes.ts';

export type Examples = readonly (readonly [command: string, about: string])[];

/** How a user starts a command: in a checkout, or from the package. */
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

/** The settings of every command that calls a region: where the streams are, and the credentials. */
export const OF_STREAMS: readonly SettingName[] = SETTINGS_OF.consumer.filter((name) =>
  ['where', 'who'].includes(table[name].section),
);

/** What the other variables of the `oci` command line tool mean here. */
const OCI_CLI_VARIABLES = `Variables of the oci command line tool:
  OCI_CLI_USER, OCI_CLI_TENANCY, OCI_CLI_FINGERPRINT, OCI_CLI_KEY_FILE,
  OCI_CLI_KEY_CONTENT, OCI_CLI_PASSPHRASE, OCI_CLI_SECURITY_TOKEN_FILE
      go before the same field of the profile; with tenancy and key no file is needed
  OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING
      True: no warning about files that others can read
  OCI_CLI_REGION, OCI_CLI_ENDPOINT
      mean nothing here, where there are two regions: see --primary-region,
      --secondary-region, --endpoint
  OCI_CLI_CERT_BUNDLE
      means nothing here: name more certificates in NODE_EXTRA_CA_CERTS
  OCI_CLI_DELEGATION_TOKEN_FILE, OCI_CLI_RC_FILE and the others mean nothing here
Proxies:
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY (also in small letters); http://127.0.0.1 and
  http://localhost are never proxied`;

/** Adds a flag for each of these settings; `--help` shows range, unit, default and environment variable. */
function addSettingFlags(command: Command, names: readonly SettingName[]): Command {
  for (const [section, title] of Object.entries(SECTIONS)) {
    const wanted = names.filter((name) => table[name].section === section);
    if (wanted.length === 0) continue;
    command.optionsGroup(title);
    for (const name of wanted) {
      command.addOption(optionFor(name));
      if (isSwitch(table[name])) command.addOption(new Option(`--no-${flagOf(name)}`).hideHelp());
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
  for (const name of names) given[name] = flags[camelCase(flagOf(name))];
  return given;
}

function optionFor(name: SettingName): Option {
  const row: Row<unknown> = table[name];
  const notes = [row.textRange, ...variablesOf(row)];
  const usual = row.commandLineDefault ?? row.default;
  if (usual !== undefined) notes.push(`default ${shown(usual)}`);
  const about = `${row.about} (${notes.join('; ')})`;
  if (isSwitch(row)) return new Option(`--${flagOf(name)} [yes|no]`, about).preset('yes');
  return new Option(`--${flagOf(name)} <${row.placeholder}>`, about);
}

/** `--failback`, `--failback no` and `--no-failback`. */
function isSwitch(row: Pick<Row<unknown>, 'default'>): boolean {
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
