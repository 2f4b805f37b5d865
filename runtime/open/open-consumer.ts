import { randomUUID } from 'node:crypto';

import { StreamConsumer, type ConsumedRegion, type ConsumedStream } from '../consumer/index.ts';
import { CONSEQUENCES, failureKind } from '../core/index.ts';
import { CallError } from '../errors.ts';
import type { Given, Options } from '../settings/index.ts';
import { findPrimary } from '../streams/index.ts';
import { connect, type Connection, type OpenContext } from './connect.ts';
import { SecondaryLookout } from './secondary-lookout.ts';

/**
 * A consumer of both regions. It follows stream.properties while it runs, and the environment, and, where a compartment
 * is given, finds a secondary that a producer on another machine made.
 *
 * @throws HaError `CONFIG`, `RECORD`: nothing was sent.
 */
export async function openConsumer(
  options: Options | Given = {},
  context: OpenContext = {},
): Promise<StreamConsumer> {
  const connection = await connect(options, context);
  const { settings, clock, emit, whereabouts, primary, secondary } = connection;
  const lookout = new SecondaryLookout(connection);
  const primarySide: ConsumedRegion = {
    role: 'primary',
    region: primary,
    locate: (signal) => primaryStream(connection, signal),
  };
  const secondarySide: ConsumedRegion = {
    role: 'secondary',
    region: secondary,
    locate: (signal) => lookout.locate(signal),
  };
  const consumer = new StreamConsumer({
    primary: primarySide,
    secondary: secondarySide,
    active: whereabouts.active.active,
    settings,
    clock,
    emit,
    instance: `oci-streaming-ha-${randomUUID()}`,
    release: async () => {
      lookout.close();
      await Promise.all([primary.close(), secondary.close()]);
    },
  });
  lookout.tell(consumer);
  return consumer;
}

/** When only the control plane is ill, settings that name the stream whole are enough to read it. */
export async function primaryStream(connection: Connection, signal: AbortSignal): Promise<ConsumedStream> {
  const { settings, primary } = connection;
  const { primaryRegion: region, primaryStreamOcid: ocid, primaryStreamEndpoint: endpoint } = settings;
  try {
    return await findPrimary({ ...connection, region: primary, signal });
  } catch (error) {
    const passing = error instanceof CallError && CONSEQUENCES[failureKind(error.failure)].retry;
    if (!passing || ocid === undefined || endpoint === undefined) throw error;
    return { region, ocid, endpoint, partitions: 1 };
  }
}
