import type { EmulatedRegion } from '../region/index.ts';
import { ControlError } from './control-error.ts';
import type { World } from './world.ts';

/** CreateStream from the control listener: the same operation, unsigned. Gives what the service would give. */
export async function makeStream(world: World, region: EmulatedRegion, details: unknown): Promise<unknown> {
  const asked = { compartmentId: await world.compartmentId(), ...(details as object) };
  const { status, body } = region.perform('POST', '/20180418/streams', asked);
  if (status === 200) return body;
  throw new ControlError(400, (body as { message?: string }).message ?? `the region answered ${status}`);
}
