import { Option, type Command } from 'commander';

import { COMMAND_LINE, explainSettings, table, type Explained, type SettingName } from '../settings/index.ts';
import { EXIT } from './exit-codes.ts';
import { withOutboxPlace } from './flag-values.ts';
import { givenSettings, newCommand } from './new-command.ts';
import { openSession, outputIsWritten, type LogFlags } from './session.ts';

const SETTINGS = Object.keys(table) as SettingName[];

interface ConfigFlags extends LogFlags {
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
          process.exitCode = await run({ ...flags, output: flags.output ?? 'text' });
        }),
  );
}

interface Shown {
  readonly name: string;
  readonly flag: string;
  readonly env: string | null;
  readonly value: unknown;
  readonly source: string;
}

/** Prints the settings that are in force here, those of the stack included; gives the exit code. Nothing is sent. */
async function run(flags: ConfigFlags): Promise<number> {
  const session = openSession('config', flags);
  // Loads the OCI SDK, which takes long and which the other commands do not need.
  const { settingsInForce } = await import('../wiring/index.ts');
  const given = withOutboxPlace(givenSettings(flags, SETTINGS));
  const explained = explainSettings(given, process.env);
  const settings = await settingsInForce(given, COMMAND_LINE, {
    environment: process.env,
    directory: process.cwd(),
    emit: session.log.event,
    signal: session.interruption.signal,
  });
  const rows = explained.map((row) => shownOf(row, settings[row.name]));
  for (const [region, url] of Object.entries(settings.endpoints)) {
    rows.push({
      name: 'endpoints',
      flag: `--endpoint ${region}=…`,
      env: variableOf(region),
      value: url,
      source: 'flag or environment',
    });
  }
  session.stdout.write(flags.output === 'json' ? `${JSON.stringify(rows)}\n` : asText(rows));
  const isWritten = await outputIsWritten(session, session.interruption.signal, settings.closeTimeoutMs);
  return isWritten || session.stdout.readerIsGone ? EXIT.done : EXIT.failed;
}

/** A value that differs from flag, environment and default comes from the outputs of the stack. */
function shownOf({ name, flag, env, value, source }: Explained, inForce: unknown): Shown {
  const shown = { name, flag, env: env ?? null, value: inForce ?? null };
  if (inForce !== value) return { ...shown, source: 'stack outputs' };
  return { ...shown, source: source === 'environment' ? `environment (${env})` : source };
}

function variableOf(region: string): string {
  return `OCI_STREAMING_ENDPOINT_${region.toUpperCase().replaceAll('-', '_')}`;
}

function asText(rows: readonly Shown[]): string {
  const cells = rows.map(
    ({ flag, value, source }) => [flag, value === null ? '-' : shownValue(value), source] as const,
  );
  const width = (column: 0 | 1): number => Math.max(...cells.map((row) => row[column].length));
  const [flagWidth, valueWidth] = [width(0), width(1)];
  return cells
    .map(([flag, value, source]) => `${flag.padEnd(flagWidth)}  ${value.padEnd(valueWidth)}  ${source}\n`)
    .join('');
}

function shownValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
