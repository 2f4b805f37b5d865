import type { AdminPlane } from './admin-plane.ts';
import type { Kind, Properties } from './kind.ts';

/** `oci:Streaming/streamPool:StreamPool` over a region's admin plane. */
export function streamPools(region: AdminPlane): Kind {
  const at = (id: string) => `/streampools/${encodeURIComponent(id)}`;
  const see = async (id: string): Promise<Properties | undefined> => {
    const answer = await region.call('GET', at(id), undefined, 'allowed');
    if (answer.status === 404) return undefined;
    const { lifecycleState, ...pool } = answer.body as Properties;
    return lifecycleState === 'DELETED' ? undefined : { ...pool, state: lifecycleState };
  };
  const mustSee = async (id: string): Promise<Properties> => {
    const seen = await see(id);
    if (!seen) throw new Error(`${id} is gone.`);
    return seen;
  };
  return {
    fixed: ['privateEndpointSettings'],
    async create(inputs) {
      const { privateEndpointSettings, customEncryptionKey, ...rest } = inputs;
      const body = {
        ...rest,
        ...(privateEndpointSettings !== undefined && { privateEndpointDetails: privateEndpointSettings }),
        ...(customEncryptionKey !== undefined && { customEncryptionKeyDetails: customEncryptionKey }),
      };
      const id = await region.settle(
        await region.call('POST', '/streampools', body),
        'CREATED',
        'streampool',
      );
      return { id, state: await mustSee(id) };
    },
    async read(id) {
      const state = await see(id);
      if (!state) return undefined;
      const { name, compartmentId, freeformTags, privateEndpointSettings, customEncryptionKey } = state;
      return {
        inputs: { name, compartmentId, freeformTags, privateEndpointSettings, customEncryptionKey },
        state,
      };
    },
    async update(id, { name, freeformTags, customEncryptionKey }) {
      const body = {
        name,
        freeformTags,
        ...(customEncryptionKey !== undefined && { customEncryptionKeyDetails: customEncryptionKey }),
      };
      await region.settle(await region.call('PUT', at(id), body), 'UPDATED', 'streampool');
      return mustSee(id);
    },
    async delete(id) {
      const answer = await region.call('DELETE', at(id), undefined, 'allowed');
      if (answer.status !== 404) await region.settle(answer, 'DELETED', 'streampool');
    },
  };
}
