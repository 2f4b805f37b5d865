import { startEmulator, type Emulator } from '../../emulator/index.ts';
import { StackWorkspace, type StackOptions } from './stack-workspace.ts';

export const primaryRegion = 'sa-saopaulo-1';
export const secondaryRegion = 'sa-vinhedo-1';
/** Where a stack can be moved to. */
export const thirdRegion = 'sa-santiago-1';

/** Emulated regions and a stack on them, nothing applied yet. */
export interface StackWorld extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly stack: StackWorkspace;
}

/**
 * @param configuration on top of the example's, the emulator's compartment included; `as cloned`: there is no stack yet, and
 *   the placeholder is still in it
 */
export async function openStackWorld(
  programs: string,
  configuration: Readonly<{ [key: string]: string }> | 'as cloned' = {},
  more: Pick<StackOptions, 'fill'> = {},
): Promise<StackWorld> {
  const emulator = await startEmulator({ regions: [primaryRegion, secondaryRegion, thirdRegion] });
  try {
    const { compartmentId, regions } = emulator;
    const stack = await StackWorkspace.open(
      configuration === 'as cloned'
        ? { programs, regions, initialized: false, ...more }
        : { programs, regions, configuration: { compartmentId, ...configuration }, ...more },
    );
    const close = async () => {
      await stack[Symbol.asyncDispose]();
      await emulator.close();
    };
    return { emulator, stack, [Symbol.asyncDispose]: close };
  } catch (error) {
    await emulator.close();
    throw error;
  }
}

export interface MadeStream {
  readonly id: string;
  readonly messagesEndpoint: string;
}

/** Makes the secondary as the runtime does in an emergency, and writes it down if asked to. */
export async function makeSecondary({ emulator }: StackWorld, partitions = 1): Promise<MadeStream> {
  const name = 'OCI-SECONDARY-STREAM';
  const tags = { freeformTags: { 'created-by': 'oci-streaming-ha' } };
  const response = await fetch(`${emulator.regions[secondaryRegion]}/20180418/streams`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, partitions, compartmentId: emulator.compartmentId, ...tags }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as MadeStream;
}

/** The record that a failover leaves behind. */
export function recordOf({ id, messagesEndpoint }: MadeStream): string {
  return `SECONDARY_STREAM_OCID=${id}\nSECONDARY_STREAM_ENDPOINT=${messagesEndpoint}\nACTIVE_REGION=${secondaryRegion}\n`;
}

/** Streams of a region that are not gone, as `GET /state` of the emulator shows them. */
export function liveStreams({ emulator }: StackWorld, region: string) {
  const streams = emulator.state().regions[region]?.streams ?? [];
  return streams.filter(({ lifecycleState }) => lifecycleState !== 'DELETED');
}

/** Deletes a stream as a person does in the Console. */
export async function deleteByHand({ emulator }: StackWorld, region: string, id: string): Promise<void> {
  const response = await fetch(`${emulator.regions[region]}/20180418/streams/${id}`, { method: 'DELETE' });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
}

/** How often each region was told to change something, by operation. */
export function changesMade({ emulator }: StackWorld): { [operation: string]: number } {
  const made: { [operation: string]: number } = {};
  for (const [region, { calls }] of Object.entries(emulator.state().regions)) {
    for (const [operation, count] of Object.entries(calls)) {
      if (/^(Create|Update|Delete|Change)/.test(operation)) made[`${region} ${operation}`] = Number(count);
    }
  }
  return made;
}
