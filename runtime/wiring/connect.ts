import { systemClock, type Clock } from '../clock.ts';
import { checkStream, realmOfOcid, type StreamRef } from '../core/index.ts';
import { HaError } from '../errors.ts';
import { eventOutlet, type EventListener } from '../events.ts';
import { openAuth, openRegion } from '../oci/index.ts';
import { assertRecordPlace, readRecordedState, type RecordedState } from '../record/index.ts';
import type { Region } from '../region.ts';
import { readSettings, type Given, type Settings } from '../settings/index.ts';
import { completedByStack } from './from-stack.ts';

/** What can be handed in when a producer, a manager or a consumer is opened. */
export interface OpenContext {
  /** Is called with every event (events.ts). */
  readonly listener?: EventListener | undefined;
  /** Ends the opening. */
  readonly signal?: AbortSignal | undefined;
  /** Where settings are looked for that are not given; `process.env` when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where a Pulumi project may be; the working directory when absent. */
  readonly directory?: string | undefined;
  /** Time and chance; the machine's when absent. */
  readonly clock?: Clock | undefined;
}

/** Both regions, ready to be called, and what this machine knows of the streams. */
export interface Connection {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly recorded: RecordedState;
  /** The primary stream, when the settings name it whole. */
  readonly givenPrimary: StreamRef | undefined;
  readonly primary: Region;
  readonly secondary: Region;
}

/**
 * Reads settings, record and credentials. Nothing is sent.
 * @throws HaError `CONFIG` or `RECORD`: one sentence that names what is wrong, its place and the remedy.
 */
export async function connect(given: Given, context: OpenContext): Promise<Connection> {
  const environment = context.environment ?? process.env;
  const clock = context.clock ?? systemClock;
  const emit = eventOutlet(context.listener);
  const signal = context.signal ?? new AbortController().signal;
  const directory = context.directory ?? process.cwd();
  const settings = await completedByStack(readSettings(given, environment), {
    given,
    environment,
    directory,
    emit,
    signal,
  });
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

/** C15: what the settings name is checked before anything is signed. */
function namedPrimary(settings: Settings): StreamRef | undefined {
  const { primaryStreamOcid: ocid, primaryStreamEndpoint: endpoint, primaryRegion: region } = settings;
  if (ocid === undefined || endpoint === undefined) return undefined;
  const realm = realmOfOcid(settings.compartmentId);
  const checked = checkStream({ ocid, endpoint }, { region, endpoints: settings.endpoints, realm });
  if (checked.trusted) return checked.stream;
  const setting = checked.about === 'ocid' ? 'primaryStreamOcid' : 'primaryStreamEndpoint';
  const name = checked.about === 'ocid' ? 'PRIMARY_STREAM_OCID' : 'PRIMARY_STREAM_ENDPOINT';
  throw new HaError('CONFIG', `${setting} (${name}) ${checked.problem}; correct it, or leave it out`);
}
