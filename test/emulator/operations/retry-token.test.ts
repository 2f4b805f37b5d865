import { expect, test } from 'vitest';
import { refused, Service } from './service.ts';

const compartmentId = 'ocid1.compartment.oc1..a';

test('a retry token makes one pool of two calls, for 24 hours', () => {
  const service = new Service();
  const create = (name: string) =>
    service.ask('POST', '/streampools', {
      body: { name, compartmentId },
      headers: { 'opc-retry-token': 't' },
    });
  const first = create('p');
  expect(create('p')).toMatchObject({
    headers: first.headers!,
    body: { id: (first.body as { id: string }).id },
  });
  expect(create('q')).toMatchObject(refused(409, 'InvalidatedRetryToken'));
  service.now += 25 * 3_600_000;
  expect((create('p').body as { id: string }).id).not.toBe((first.body as { id: string }).id);
});

test.each(['/streampools', '/connectharnesses'])(
  'a retry token of what was deleted in %s is refused',
  (path) => {
    const service = new Service({ deleteDelayMs: 1_000 });
    const headers = { 'opc-retry-token': 't' };
    const create = () => service.ask('POST', path, { body: { name: 'p', compartmentId }, headers });
    const { id } = create().body as { id: string };
    service.get('GET', `${path}/${id}`);
    service.ask('DELETE', `${path}/${id}`);
    expect(create()).toMatchObject(refused(409, 'InvalidatedRetryToken'));
    service.now += 2_000;
    expect(create()).toMatchObject(refused(409, 'InvalidatedRetryToken'));
  },
);
