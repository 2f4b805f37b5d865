import { expect, test } from 'vitest';
import { Service } from './service.ts';

const compartmentId = 'ocid1.compartment.oc1..a';

function harness(service: Service, name: string): string {
  const { id } = service.get('POST', '/connectharnesses', { body: { name, compartmentId } });
  service.get('GET', `/connectharnesses/${id}`);
  return id as string;
}

test('work requests are listed by resource, by id, and in the order asked for; so are their logs', () => {
  const service = new Service();
  const one = harness(service, 'one');
  service.now += 1_000;
  const two = harness(service, 'two');
  service.now += 1_000;
  service.ask('PUT', `/connectharnesses/${one}`, { body: { freeformTags: { a: 'b' } } });
  service.get('GET', `/connectharnesses/${one}`);
  const list = (query: Record<string, string>) =>
    service.get('GET', '/workRequests', { query: { compartmentId, ...query } }).items as WorkRequest[];
  const types = (query: Record<string, string>) => list(query).map(({ operationType }) => operationType);
  expect(types({ resourceId: one, sortOrder: 'ASC' })).toEqual([
    'CREATE_CONNECT_HARNESS',
    'UPDATE_CONNECT_HARNESS',
  ]);
  expect(types({ resourceId: one })).toEqual(['UPDATE_CONNECT_HARNESS', 'CREATE_CONNECT_HARNESS']);
  const [made] = list({ resourceId: two });
  expect(list({ workRequestId: made!.id })).toEqual([made]);
  expect(list({ workRequestId: made!.id, resourceId: one })).toEqual([]);
  expect(service.get('GET', '/workRequests', { query: { compartmentId: 'other' } }).items).toEqual([]);

  const logs = (sortOrder: string) =>
    service.get('GET', `/workRequests/${made!.id}/logs`, { query: { sortOrder } }).items as {
      message: string;
    }[];
  expect(logs('ASC').map(({ message }) => message.split(' ').slice(-2).join(' '))).toEqual([
    'was accepted',
    'is done',
  ]);
  expect(logs('DESC')).toEqual(logs('ASC').toReversed());
});

interface WorkRequest {
  readonly id: string;
  readonly operationType: string;
}
