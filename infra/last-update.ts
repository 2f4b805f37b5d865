import { getOrganization, getProject, getStack, runtime } from '@pulumi/pulumi';
import type { RememberedSecondary } from './secondary-choice.ts';

/**
 * The secondary that this stack's outputs name since the last update: the memory of last resort, for a machine without
 * stream.properties. It is what a StackReference asks the engine, without a resource for it in the state.
 */
export async function lastKnownSecondary(): Promise<RememberedSecondary | undefined> {
  try {
    // Throws where there is no organization: an old engine, or Pulumi's mocks.
    const name = `${getOrganization()}/${getProject()}/${getStack()}`;
    const { outputs } = (await runtime.invoke('pulumi:pulumi:readStackOutputs', { name })) as {
      outputs?: { secondaryStreamOcid?: unknown; secondaryStreamEndpoint?: unknown };
    };
    const ocid = outputs?.secondaryStreamOcid;
    const endpoint = outputs?.secondaryStreamEndpoint;
    if (typeof ocid !== 'string' || typeof endpoint !== 'string') return undefined;
    return { ocid, endpoint, from: 'the last update' };
  } catch {
    return undefined;
  }
}
