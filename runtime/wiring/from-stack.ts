import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { readSettings, type Given, type Settings } from '../settings/index.ts';
import { readStackOutputs } from '../stack/index.ts';

interface StackContext {
  readonly given: Given;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a Pulumi project may be. */
  readonly directory: string;
  readonly emit: EventListener;
  /** Ends the opening, and a pulumi that it waits for. */
  readonly signal: AbortSignal;
}

/**
 * Flags and environment come first; what they leave open, the outputs of the stack tell. A primary that
 * is named (`--stream-name`) is meant to be found by that name.
 * @throws HaError `CONFIG` that names the outputs when they contradict the rest.
 */
export async function completedByStack(settings: Settings, context: StackContext): Promise<Settings> {
  const { given, environment, directory, emit, signal } = context;
  const isNamed = given['streamName'] !== undefined || isSet(environment['OCI_PRIMARY_STREAM_NAME']);
  if (settings.primaryStreamOcid !== undefined || isNamed) return settings;
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
  const told: Record<string, unknown> = { primaryStreamOcid, primaryStreamEndpoint };
  if (!isSet(environment['OCI_PRIMARY_REGION'])) told['primaryRegion'] = primaryRegion;
  if (!isSet(environment['OCI_SECONDARY_REGION'])) told['secondaryRegion'] = secondaryRegion;
  if (!isSet(environment['OCI_COMPARTMENT_ID'])) told['compartmentId'] = compartmentId;
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  try {
    return readSettings({ ...told, ...said }, environment);
  } catch (error) {
    if (!(error instanceof HaError)) throw error;
    throw new HaError('CONFIG', `${source}: ${error.message}`, { cause: error });
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
