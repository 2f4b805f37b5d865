// Walks through every operation of OCI Streaming as a user of npm's oci-streaming. Argument: the emulator, as JSON.
import { has, worldOf } from './seeing.ts';
import { walkHarnesses, walkPools, walkStreams, walkWorkRequests } from './walk-admin.ts';
import { walkGroups, walkMessages, walkSizes } from './walk-data.ts';
import { walkRefusals } from './walk-refusals.ts';

const world = worldOf(JSON.parse(process.argv[2]!) as Record<string, string>);
has();
const poolId = await walkPools(world);
await walkHarnesses(world);
const made = await walkStreams(world, poolId);
await walkWorkRequests(world, made);
await walkMessages(world, made.streamId);
await walkGroups(world, made.streamId);
await walkSizes(world, made.streamId);
await walkRefusals(world, made.streamId);
