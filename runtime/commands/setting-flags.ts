import { Option, type Command } from 'commander';

import { OCI_CLI_VARIABLES, sections, variablesOf, type Given, type Row } from '../settings/index.ts';

export type Section = keyof typeof sections;

const TITLES: Record<Section, string> = {
  where: 'Where:',
  who: 'Who:',
  retrying: 'Retrying:',
  switching: 'Failing over and back:',
  producing: 'Sending:',
  consuming: 'Reading:',
};

/** Adds a flag for each setting of these sections; `--help` shows range, unit, default and environment variable. */
export function addSettingFlags(command: Command, names: readonly Section[]): Command {
  for (const section of names) {
    command.optionsGroup(TITLES[section]);
    for (const [, row] of rowsOf(section)) {
      command.addOption(optionFor(row));
      if (isSwitch(row)) command.addOption(new Option(`--no-${row.flag}`).hideHelp());
    }
    if (section === 'where') command.addOption(endpointOption());
    if (section === 'who') command.addHelpText('after', `\n${OCI_CLI_VARIABLES}`);
  }
  return command
    .optionsGroup('Log:')
    .addOption(
      new Option('--log <format>', 'what happens, on stderr').choices(['text', 'json']).default('text'),
    )
    .option('--debug', 'also tell what is only of interest when something is odd');
}

/** The settings among what commander parsed, by their names in the table. */
export function givenSettings(parsed: Readonly<Record<string, unknown>>, names: readonly Section[]): Given {
  const given: Record<string, unknown> = { endpoints: parsed['endpoint'] };
  for (const section of names) {
    for (const [name, row] of rowsOf(section)) given[name] = parsed[camelCase(row.flag)];
  }
  return given;
}

function rowsOf(section: Section): [string, Row<unknown>][] {
  return Object.entries(sections[section]);
}

function optionFor(row: Row<unknown>): Option {
  const notes = [row.range, ...variablesOf(row)];
  if (row.default !== undefined) notes.push(`default ${shown(row.default)}`);
  const about = `${row.about} (${notes.join('; ')})`;
  if (isSwitch(row)) return new Option(`--${row.flag} [yes|no]`, about).preset('yes');
  return new Option(`--${row.flag} <value>`, about);
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
      // What is wrong with it is told with the other settings: commander would repeat the text, and a password in it.
      const at = text.indexOf('=');
      return { ...before, [text.slice(0, Math.max(at, 0))]: text.slice(at + 1) };
    },
  );
}

const camelCase = (flag: string): string =>
  flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
