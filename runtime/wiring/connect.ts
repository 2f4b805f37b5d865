import { checkArgument, checkArguments } from '../arguments.ts';
import { systemClock, type Clock } from '../clock.ts';
import { checkStream, realmOfOcid, type StreamRef } from '../core/index.ts';
import { HaError } from '../errors.ts';
import { eventOutlet, type EventListener } from '../events.ts';
import { openAuth, openRegion } from '../oci/index.ts';
import type { openStore } from '../outbox/index.ts';
import { assertRecordPlace, readRecordedState, type RecordedState } from '../record/index.ts';
import type { Region } from '../region.ts';
import {
  assertEndpointsUsed,
  isSet,
  readSettings,
  type Given,
  type Settings,
  type SettingsReader,
} from '../settings/index.ts';
import { readStackOutputs } from '../stack/index.ts';

/** The surroundings of a producer, a manager or a consumer. */
export interface OpenContext {
  /** Is called with every event; an error that it throws is a warning of the process. */
  readonly listener?: EventListener | undefined;
  /** Ends the opening. */
  readonly signal?: AbortSignal | undefined;
  /** The variables for settings that are not given as options; `process.env` when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** The directory of the Pulumi project, for `stackOutputs` and `stackRefresh`; the working directory when absent. */
  readonly directory?: string | undefined;
}

export interface ConnectContext extends OpenContext {
  /** Opens the store of an outbox; on this machine's disk when absent. */
  readonly openStore?: typeof openStore | undefined;
  /** Time and chance; the machine's when absent. */
  readonly clock?: Clock | undefined;
}

const CONTEXT = {
  listener: 'function',
  signal: 'signal',
  environment: 'object',
  directory: 'text',
  openStore: 'function',
  clock: 'object',
} as const satisfies Record<keyof ConnectContext, string>;

/** Both regions, ready for calls, and what this machine knows about the streams. */
export interface Connection {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly recorded: RecordedState;
  /** The primary stream, when the settings name its OCID and its endpoint. */
  readonly givenPrimary: StreamRef | undefined;
  readonly primary: Region;
  readonly secondary: Region;
}

/**
 * Reads settings, record and credentials. Nothing is sent.
 * @throws HaError `CONFIG` or `RECORD`: one sentence that names what is wrong, its place and the remedy.
 */
export async function connect(
  given: Given,
  reader: SettingsReader,
  context: ConnectContext,
): Promise<Connection> {
  checkArguments('The context of an open', context, CONTEXT);
  const environment = context.environment ?? process.env;
  for (const [variable, value] of Object.entries(environment)) {
    if (value !== undefined) checkArgument('The environment of an open', variable, value, 'text');
  }
  const clock = context.clock ?? systemClock;
  const emit = eventOutlet(context.listener);
  const signal = context.signal ?? new AbortController().signal;
  const directory = context.directory ?? process.cwd();
  const settings = await settingsInForce(given, reader, { environment, directory, emit, signal });
  const givenPrimary = namedPrimary(settings);
  await assertRecordPlace(settings.recordFile, { emit });
  const recorded = await readRecordedState({ file: settings.recordFile, environment, settings, emit, clock });
  const auth = await openAuth(settings, emit, environment);
  const region = (name: string): Region => openRegion({ name, auth, settings, clock, emit, environment });
  return {
    settings,
    clock,
    emit,
    environment,
    directory,
    signal,
    recorded,
    givenPrimary,
    primary: region(settings.primaryRegion),
    secondary: region(settings.secondaryRegion),
  };
}

interface StackContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a Pulumi project may be. */
  readonly directory: string;
  readonly emit: EventListener;
  /** Ends the opening, and a pulumi that it waits for. */
  readonly signal: AbortSignal;
}

/**
 * The settings. If neither options nor environment name the primary, neither by its OCID nor by its name, it comes from the
 * outputs of the stack (`outputs`, `stackOutputs`), and so do regions and compartment where they are not given.
 * @throws HaError `CONFIG` that names the outputs when they contradict the rest.
 */
export async function settingsInForce(
  given: Given,
  reader: SettingsReader,
  context: StackContext,
): Promise<Settings> {
  const settings = await settingsWithOutputs(given, reader, context);
  assertEndpointsUsed(given, settings, reader);
  return settings;
}

async function settingsWithOutputs(
  given: Given,
  reader: SettingsReader,
  { environment, directory, emit, signal }: StackContext,
): Promise<Settings> {
  const settings = readSettings(given, environment, reader);
  const isNamed = given['streamName'] !== undefined || isSet(environment['OCI_PRIMARY_STREAM_NAME']);
  if (settings.primaryStreamOcid !== undefined || isNamed) return settings;
  if (settings.outputs === undefined && !settings.stackOutputs) return settings;
  const outputs = await readStackOutputs({
    file: settings.outputs,
    endpoints: settings.endpoints,
    directory,
    environment,
    emit,
    signal,
  });
  if (outputs === undefined) return settings;
  const { source, primaryStreamOcid, primaryStreamEndpoint, primaryRegion, secondaryRegion, compartmentId } =
    outputs;
  const fromOutputs: Record<string, unknown> = { primaryStreamOcid, primaryStreamEndpoint };
  if (!isSet(environment['OCI_PRIMARY_REGION'])) fromOutputs['primaryRegion'] = primaryRegion;
  if (!isSet(environment['OCI_SECONDARY_REGION'])) fromOutputs['secondaryRegion'] = secondaryRegion;
  if (!isSet(environment['OCI_COMPARTMENT_ID'])) fromOutputs['compartmentId'] = compartmentId;
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  try {
    return readSettings({ ...fromOutputs, ...named }, environment, reader);
  } catch (error) {
    if (!(error instanceof HaError)) throw error;
    throw new HaError('CONFIG', `${source}: ${error.message}`, { cause: error });
  }
}

/** C15: an OCID and an endpoint of the settings are checked before anything is signed. */
function namedPrimary(settings: Settings): StreamRef | undefined {
  const { primaryStreamOcid: ocid, primaryStreamEndpoint: endpoint, primaryRegion: region } = settings;
  if (ocid === undefined || endpoint === undefined) return undefined;
  const realm = realmOfOcid(settings.compartmentId);
  const checked = checkStream({ ocid, endpoint }, { region, endpoints: settings.endpoints, realm });
  if (checked.trusted) return checked.stream;
  const setting = checked.about === 'ocid' ? 'primaryStreamOcid' : 'primaryStreamEndpoint';
  const name = checked.about === 'ocid' ? 'PRIMARY_STREAM_OCID' : 'PRIMARY_STREAM_ENDPOINT';
  throw new HaError('CONFIG', `\`${setting}\` (${name}) ${checked.problem}; correct it, or leave it out`);
}
