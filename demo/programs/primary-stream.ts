import { setTimeout as sleep } from 'node:timers/promises';

import { ConfigFileAuthenticationDetailsProvider } from 'oci-common';
import { models, StreamAdminClient } from 'oci-streaming';

import type { Ready } from './emulator-process.ts';
import { PRIMARY } from '../demo-regions.ts';

const NAME = 'OCI-PRIMARY-STREAM';
const PARTITIONS = 3;
const ASK_AGAIN_MS = 100;

/**
 * Creates the primary stream with Oracle's own client and the emulator's key. On OCI the stack (`pulumi up`) creates it. Resolves when it
 * is ACTIVE.
 */
export async function createPrimaryStream(
  { regions, configFile, compartmentId }: Ready,
  signal: AbortSignal,
): Promise<void> {
  const admin = new StreamAdminClient({
    authenticationDetailsProvider: new ConfigFileAuthenticationDetailsProvider(configFile),
  });
  admin.endpoint = regions[PRIMARY.region] ?? '';
  try {
    const createStreamDetails = { name: NAME, partitions: PARTITIONS, compartmentId };
    let { stream } = await admin.createStream({ createStreamDetails });
    while (stream.lifecycleState !== models.Stream.LifecycleState.Active) {
      await sleep(ASK_AGAIN_MS, undefined, { signal });
      ({ stream } = await admin.getStream({ streamId: stream.id }));
    }
  } finally {
    admin.close();
  }
}
