import { expect, test } from 'vitest';
import { Service } from './service.ts';

const compartmentId = 'ocid1.compartment.oc1..a';

test('a connect harness lives through all of its calls', () => {
  const service = new Service();
  const { id } = service.get('POST', '/connectharnesses', { body: { name: 'h', compartmentId } });
  expect(service.get('GET', `/connectharnesses/${id}`)).toMatchObject({
    name: 'h',
    lifecycleState: 'ACTIVE',
  });
  service.get('PUT', `/connectharnesses/${id}`, { body: { freeformTags: { a: 'b' } } });
  service.get('GET', `/connectharnesses/${id}`);
  const target = 'ocid1.compartment.oc1..b';
  service.ask('POST', `/connectharnesses/${id}/actions/changeCompartment`, {
    body: { compartmentId: target },
  });
  expect(service.get('GET', '/connectharnesses', { query: { compartmentId: target } })).toMatchObject([
    { id, freeformTags: { a: 'b' }, lifecycleState: 'ACTIVE' },
  ]);
  expect(service.ask('DELETE', `/connectharnesses/${id}`).status).toBe(204);
  expect(service.get('GET', `/connectharnesses/${id}`).lifecycleState).toBe('DELETED');
});
