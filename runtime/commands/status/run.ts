import { systemClock } from '../../clock.ts';
import { chooseStream } from '../../core/index.ts';
import { connect, type Connection } from '../../wiring/index.ts';
import { valueOf, type StreamRef, type StreamState } from '../../region.ts';
import { findPrimary, primaryOf } from '../../streams/index.ts';
import { commandLog } from '../command-log.ts';
import { EXIT } from '../exit-code.ts';
import { givenSettings } from '../setting-flags.ts';
import { SECTIONS, type StatusFlags } from './flags.ts';
import { isWell, regionReport, type RegionReport } from './region-report.ts';

export async function run(flags: StatusFlags): Promise<void> {
  const connection = await connect(givenSettings({ ...flags }, SECTIONS), {
    listener: await commandLog(flags, systemClock),
  });
  const { settings, recorded, primary, secondary } = connection;
  try {
    const { active, secondary: known } = recorded;
    const [first, second] = await Promise.all([
      regionReport('primary', primary, undefined, async () =>
        primaryOf(await findPrimary({ ...connection, region: primary }), primary.name),
      ),
      regionReport('secondary', secondary, known, () => findSecondary(connection)),
    ]);
    const status = {
      active,
      activeRegion: active === 'primary' ? settings.primaryRegion : settings.secondaryRegion,
      because: recorded.because,
      activeSince: recorded.record.activeSince ?? null,
      recordFile: settings.recordFile,
      regions: [first, second],
    };
    process.stdout.write(flags.output === 'json' ? `${JSON.stringify(status)}\n` : asText(status));
    process.exitCode = exitCode(active, first, second);
  } finally {
    await Promise.all([primary.close(), secondary.close()]);
  }
}

async function findSecondary(
  connection: Connection,
): Promise<{ state: StreamState; stream: StreamRef | undefined } | undefined> {
  const { settings, secondary, recorded, signal } = connection;
  const found = (state: StreamState): { state: StreamState; stream: StreamRef | undefined } => ({
    state,
    stream: state.address.trusted ? state.address.stream : undefined,
  });
  if (recorded.secondary !== undefined) {
    const { ocid } = recorded.secondary;
    return found(valueOf(await secondary.stream(ocid, { signal }), secondary.name, 'GetStream'));
  }
  const { compartmentId, secondaryStreamName: name } = settings;
  if (compartmentId === undefined) return undefined;
  const listed = await secondary.streamsNamed({ compartmentId, name }, { signal });
  const choice = chooseStream(valueOf(listed, secondary.name, 'ListStreams'), undefined);
  return choice.type === 'create' ? undefined : found(choice.stream);
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
