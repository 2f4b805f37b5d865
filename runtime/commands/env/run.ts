import { HaError } from '../../errors.ts';
import { assertRecordPlace, environmentLines, KEYS, readRecordedState } from '../../record/index.ts';
import { readSettings } from '../../settings/index.ts';
import { givenSettings } from '../setting-flags.ts';
import { SECTIONS, type EnvFlags } from './flags.ts';

export async function run(flags: EnvFlags): Promise<void> {
  // Nothing here is sent anywhere, so no stream needs to be known.
  const settings = readSettings(givenSettings({ ...flags }, SECTIONS), process.env);
  await assertRecordPlace(settings.recordFile);
  const { secondary, switchReason } = await readRecordedState({
    file: settings.recordFile,
    environment: process.env,
    settings,
    emit: (event) => {
      if (event.type === 'warning') process.stderr.write(`${event.about}: ${event.message}\n`);
    },
  });
  if (secondary === undefined) {
    // This command cannot know whether there was a failover: a producer that cannot write the file cannot tell it here.
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
  process.stdout.write(`${environmentLines(flags.shell, values).join('\n')}\n`);
}
