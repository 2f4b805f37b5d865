import { expect, test } from 'vitest';
import { applyDueChanges, forgetResource } from '../../../emulator/state/region-state.ts';
import { Service } from '../operations/service.ts';

const DAY_MS = 24 * 3_600_000;

/** A region where a stream takes a second to create or to delete. */
function slow(): Service {
  return new Service({ createDelayMs: 1_000, deleteDelayMs: 1_000 });
}

function create(service: Service): string {
  const body = { name: 'orders', partitions: 1, compartmentId: 'ocid1.compartment.oc1..a' };
  return service.get('POST', '/streams', { body }).id;
}

test('a new stream is CREATING until its delay is over, and its work request ends with it', () => {
  const service = slow();
  const id = create(service);
  const stream = service.region.streams.get(id)!;
  applyDueChanges(service.region, service.now + 999);
  expect(stream.lifecycleState).toBe('CREATING');
  applyDueChanges(service.region, service.now + 1_000);
  expect(stream.lifecycleState).toBe('ACTIVE');
  const work = [...service.region.workRequests.values()].find(({ resourceId }) => resourceId === id);
  expect(work).toMatchObject({ status: 'SUCCEEDED', timeFinished: service.now + 1_000 });
});

test('a deleted stream stays listed for 90 days', () => {
  const service = slow();
  const id = create(service);
  applyDueChanges(service.region, (service.now += 1_000));
  expect(service.ask('DELETE', `/streams/${id}`).status).toBe(204);
  applyDueChanges(service.region, (service.now += 1_000));
  expect(service.region.streams.get(id)).toMatchObject({
    lifecycleState: 'DELETED',
    timeDeleted: service.now,
  });
  applyDueChanges(service.region, service.now + 90 * DAY_MS);
  expect(service.region.streams.has(id)).toBe(true);
  applyDueChanges(service.region, service.now + 90 * DAY_MS + 1);
  expect(service.region.streams.has(id)).toBe(false);
});

test('what is forgotten takes no memory any more', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['a', 'b']);
  expect(service.region.memoryUse.bytes).toBeGreaterThan(0);
  forgetResource(service.region, id);
  expect(service.region.memoryUse.bytes).toBe(0);
  expect(service.region.streams.size).toBe(0);
});
