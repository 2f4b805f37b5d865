import { Option, type Command } from 'commander';

import { HaError } from '../errors.ts';
import { assertRecordPlace, environmentLines, KEYS, readRecordedState, type Shell } from '../record/index.ts';
import { COMMAND_LINE, readSettings, type SettingName } from '../settings/index.ts';
import { EXIT } from './exit-codes.ts';
import { givenSettings, newCommand } from './new-command.ts';
import { openSession, outputIsWritten, type LogFlags } from './session.ts';

const SETTINGS: readonly SettingName[] = ['primaryRegion', 'secondaryRegion', 'recordFile'];

interface EnvFlags extends LogFlags {
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
        process.exitCode = await run({ ...flags, shell: flags.shell ?? 'sh' });
      }),
  );
}

/** Prints the lines; gives the exit code. Nothing is sent anywhere, so no stream needs to be known. */
async function run(flags: EnvFlags): Promise<number> {
  const session = openSession('env', flags);
  const settings = readSettings(givenSettings(flags, SETTINGS), process.env, COMMAND_LINE);
  await assertRecordPlace(settings.recordFile);
  const { secondary, switchReason } = await readRecordedState({
    file: settings.recordFile,
    environment: process.env,
    settings,
    emit: session.log.event,
  });
  if (secondary === undefined) {
    // No record does not mean no failover: the producer may not have been able to write it.
    const otherwise =
      switchReason === undefined
        ? 'Either there was no failover yet, or the producer could not write that file: then its log names the error (record-failed)'
        : `But the active region was changed (${switchReason}): the producer could not write that file (its log names the error, record-failed), or it was removed since`;
    throw new HaError(
      'RECORD',
      `${settings.recordFile} names no secondary, and neither does the environment. ${otherwise}.`,
    );
  }
  const values = { [KEYS.ocid]: secondary.ocid, [KEYS.endpoint]: secondary.endpoint };
  session.stdout.write(`${environmentLines(flags.shell, values).join('\n')}\n`);
  const isWritten = await outputIsWritten(session, session.interruption.signal, settings.closeTimeoutMs);
  return isWritten || session.stdout.readerIsGone ? EXIT.done : EXIT.failed;
}
