import type { AdminPlane } from './admin-plane.ts';
import type { Kind, Look, Properties } from './kind.ts';

/** `oci:Streaming/stream:Stream` over a region's admin plane. */
export function streams(region: AdminPlane): Kind {
  const at = (id: string) => `/streams/${encodeURIComponent(id)}`;
  const see = async (id: string): Promise<Properties | undefined> => {
    const answer = await region.call('GET', at(id), undefined, 'allowed');
    const seen = answer.status === 404 ? undefined : streamState(answer.body as Properties);
    return seen?.['state'] === 'DELETED' ? undefined : seen;
  };
  const mustSee = async (id: string): Promise<Properties> => {
    const seen = await see(id);
    if (!seen) throw new Error(`${id} is gone.`);
    return seen;
  };
  return {
    fixed: ['name', 'partitions', 'retentionInHours'],
    async create(inputs) {
      const body = { ...inputs, ...nested(inputs) };
      const id = await region.settle(await region.call('POST', '/streams', body), 'CREATED');
      return { id, state: await mustSee(id) };
    },
    async read(id) {
      const state = await see(id);
      if (!state) return undefined;
      const { name, partitions, retentionInHours, compartmentId, streamPoolId, freeformTags, definedTags } =
        state;
      const inputs = {
        name,
        partitions,
        retentionInHours,
        compartmentId,
        streamPoolId,
        freeformTags,
        definedTags,
      };
      return { inputs, state };
    },
    async update(id, inputs) {
      const { compartmentId, streamPoolId, freeformTags = {} } = inputs;
      const before = await mustSee(id);
      if (compartmentId !== undefined && compartmentId !== before['compartmentId']) {
        const moved = await region.call('POST', `${at(id)}/actions/changeCompartment`, { compartmentId });
        await region.settle(moved, 'UPDATED');
      }
      const pool =
        streamPoolId !== undefined && streamPoolId !== before['streamPoolId'] ? { streamPoolId } : {};
      const changed = await region.call('PUT', at(id), { ...pool, freeformTags, ...nested(inputs) });
      await region.settle(changed, 'UPDATED');
      return mustSee(id);
    },
    async delete(id) {
      const answer = await region.call('DELETE', at(id), undefined, 'allowed');
      if (answer.status === 404) return;
      await region.settle(answer, 'DELETED');
      if (await see(id)) throw new Error(`${id} is still there after its deletion.`);
    },
  };
}

/** `oci:Streaming/getStreams:getStreams`, all pages. As with the real provider, items carry no retention. */
export function getStreams(region: AdminPlane): Look {
  return async (args) => {
    const filters = {
      compartmentId: 'compartmentId',
      streamPoolId: 'streamPoolId',
      id: 'id',
      name: 'name',
      state: 'lifecycleState',
    };
    const query = new URLSearchParams({ limit: '50' });
    for (const [property, parameter] of Object.entries(filters)) {
      const value = args[property];
      if (typeof value === 'string') query.set(parameter, value);
    }
    const found: Properties[] = [];
    for (;;) {
      const page = await region.call('GET', `/streams?${query.toString()}`);
      found.push(
        ...(page.body as Properties[]).map((summary) => ({ ...streamState(summary), retentionInHours: 0 })),
      );
      const next = page.headers.get('opc-next-page');
      if (next === null) return { ...args, streams: found };
      query.set('page', next);
    }
  };
}

/** `oci:Streaming/getStream:getStream`. */
export function getStream(region: AdminPlane): Look {
  return async (args) => {
    const { streamId } = args;
    if (typeof streamId !== 'string') throw new Error('getStream needs streamId.');
    const answer = await region.call('GET', `/streams/${encodeURIComponent(streamId)}`);
    return { ...args, ...streamState(answer.body as Properties) };
  };
}

/** The provider calls the lifecycle state `state` and writes `{ Namespace: { key: 'x' } }` as `{ 'Namespace.key': 'x' }`. */
function streamState(stream: Properties): Properties {
  const { lifecycleState, lifecycleStateDetails, definedTags, ...rest } = stream;
  const flat = Object.entries((definedTags ?? {}) as { [namespace: string]: object }).flatMap(
    ([namespace, pairs]) =>
      Object.entries(pairs).map(([key, value]) => [`${namespace}.${key}`, value as unknown]),
  );
  return {
    ...rest,
    state: lifecycleState,
    lifecycleStateDetails: lifecycleStateDetails ?? '',
    definedTags: Object.fromEntries(flat) as Properties,
  };
}

function nested({ definedTags = {} }: Properties): {
  definedTags: { [namespace: string]: { [key: string]: unknown } };
} {
  const namespaces: { [namespace: string]: { [key: string]: unknown } } = {};
  for (const [path, value] of Object.entries(definedTags as Properties)) {
    const [namespace = '', key = ''] = path.split('.', 2);
    namespaces[namespace] = { ...namespaces[namespace], [key]: value };
  }
  return { definedTags: namespaces };
}
