import { systemClock } from '../../clock.ts';
import { chooseStream } from '../../core/index.ts';
import { beginning, connect, type Connection } from '../../open/index.ts';
import type { StreamState } from '../../region.ts';
import { findPrimary } from '../../streams/index.ts';
import { commandLog } from '../command-log.ts';
import { EXIT } from '../exit-code.ts';
import { givenSettings } from '../setting-flags.ts';
import { SECTIONS, type StatusFlags } from './flags.ts';
import { isWell, regionReport, type RegionReport } from './region-report.ts';

export async function run(flags: StatusFlags): Promise<void> {
  const connection = await connect(givenSettings({ ...flags }, SECTIONS), {
    listener: await commandLog(flags, systemClock),
  });
  const { settings, whereabouts, primary, secondary } = connection;
  try {
    const { active, secondary: known } = await beginning(connection);
    const [first, second] = await Promise.all([
      regionReport('primary', primary, undefined, () => findPrimary({ ...connection, region: primary })),
      regionReport('secondary', secondary, known, () => findSecondary(connection)),
    ]);
    const status = {
      active,
      activeRegion: active === 'primary' ? settings.primaryRegion : settings.secondaryRegion,
      because: whereabouts.active.because,
      activeSince: whereabouts.record.activeSince ?? null,
      recordFile: settings.recordFile,
      regions: [first, second],
    };
    process.stdout.write(flags.output === 'json' ? `${JSON.stringify(status)}\n` : asText(status));
    process.exitCode = exitCode(active, first, second);
  } finally {
    await Promise.all([primary.close(), secondary.close()]);
  }
}

async function findSecondary(connection: Connection): Promise<StreamState | undefined> {
  const { settings, secondary, whereabouts, signal } = connection;
  if (whereabouts.secondary !== undefined) return secondary.stream(whereabouts.secondary.ocid, { signal });
  const { compartmentId, secondaryStreamName: name } = settings;
  if (compartmentId === undefined) return undefined;
  const choice = chooseStream(await secondary.streamsNamed({ compartmentId, name }, { signal }), undefined);
  return choice.do === 'create' ? undefined : choice.stream;
}

function exitCode(active: 'primary' | 'secondary', first: RegionReport, second: RegionReport): number {
  if (!isWell(first) && !isWell(second)) return EXIT.bothDown;
  return active === 'secondary' ? EXIT.failedOver : EXIT.done;
}

interface Status {
  readonly activeRegion: string;
  readonly active: string;
  readonly because: string;
  readonly activeSince: string | null;
  readonly recordFile: string;
  readonly regions: readonly RegionReport[];
}

function asText(status: Status): string {
  const since = status.activeSince === null ? '' : ` since ${status.activeSince}`;
  return [
    `active    ${status.activeRegion} (${status.active})${since}, because: ${status.because}`,
    `record    ${status.recordFile}`,
    ...status.regions.flatMap(({ role, region, stream, state, messages }) => [
      `${role.padEnd(10)}${region}: ${stream === undefined ? `no stream (${state})` : `${state}, messages endpoint ${messages}`}`,
      ...(stream === undefined
        ? []
        : [`          OCID: ${stream.ocid}`, `          Endpoint: ${stream.endpoint}`]),
    ]),
    '',
  ].join('\n');
}
