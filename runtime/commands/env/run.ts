import { HaError } from '../../errors.ts';
import { environmentLines, KEYS, readWhereabouts } from '../../record/index.ts';
import { readSettings } from '../../settings/index.ts';
import { givenSettings } from '../setting-flags.ts';
import { SECTIONS, type EnvFlags } from './flags.ts';

export async function run(flags: EnvFlags): Promise<void> {
  // Nothing here is sent anywhere, so no stream needs to be known.
  const settings = readSettings(givenSettings({ ...flags }, SECTIONS), process.env);
  const { secondary } = await readWhereabouts({
    file: settings.recordFile,
    environment: process.env,
    settings,
    emit: (event) => {
      if (event.type === 'warning') process.stderr.write(`${event.about}: ${event.message}\n`);
    },
  });
  if (secondary === undefined) {
    throw new HaError(
      'RECORD',
      `${settings.recordFile} names no secondary, and neither does the environment: there was no failover yet.`,
    );
  }
  const values = { [KEYS.ocid]: secondary.ocid, [KEYS.endpoint]: secondary.endpoint };
  process.stdout.write(`${environmentLines(flags.shell, values).join('\n')}\n`);
}
