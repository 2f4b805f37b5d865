import type { Clock } from '../clock.ts';
import { chooseStream } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { Region, StreamState } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { untilActive } from './until-active.ts';

interface FindParts {
  readonly region: Region;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The primary stream as the control plane knows it: by its OCID when that is given, else by name in the compartment.
 *
 * @throws HaError `CONFIG` when there is no such stream (the runtime never makes the primary), `CallError` when the
 *   control plane cannot be asked.
 */
export async function findPrimary({ region, settings, clock, signal }: FindParts): Promise<StreamState> {
  const { primaryStreamOcid, compartmentId, streamName } = settings;
  if (primaryStreamOcid !== undefined) {
    const stream = await region.stream(primaryStreamOcid, { signal });
    if (stream.state === 'ACTIVE' || stream.state === 'UPDATING') return stream;
    if (stream.state === 'CREATING') return untilActive(stream, { region, clock, signal });
    throw new HaError(
      'CONFIG',
      `The primary stream ${primaryStreamOcid} is ${stream.state} in ${region.name}. Check PRIMARY_STREAM_OCID.`,
    );
  }
  if (compartmentId === undefined) {
    throw new HaError(
      'CONFIG',
      'Nothing tells where the primary stream is: run `pulumi up` here, or give --outputs, --compartment-id (OCI_COMPARTMENT_ID) or --primary-stream-ocid (PRIMARY_STREAM_OCID).',
    );
  }
  const choice = chooseStream(
    await region.streamsNamed({ compartmentId, name: streamName }, { signal }),
    undefined,
  );
  switch (choice.do) {
    case 'adopt':
      return choice.stream;
    case 'wait':
      return untilActive(choice.stream, { region, clock, signal });
    case 'create':
      throw new HaError(
        'CONFIG',
        `There is no stream ${streamName} in ${region.name}, compartment ${compartmentId}. ` +
          'Make it with `pulumi up`, or name yours with --stream-name or --primary-stream-ocid.',
      );
  }
}
