import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Service } from './service.ts';

const compartmentId = 'ocid1.compartment.oc1..a';

function harness(service: Service, name: string): string {
  const { id } = service.get('POST', '/connectharnesses', { body: { name, compartmentId } });
  service.get('GET', `/connectharnesses/${id}`);
  return id as string;
}

function pageOf(service: Service, query: Record<string, string>) {
  const reply = service.ask('GET', '/connectharnesses', { query: { compartmentId, ...query } });
  expect(reply.status).toBe(200);
  return {
    names: (reply.body as { name: string }[]).map(({ name }) => name),
    ids: (reply.body as { id: string }[]).map(({ id }) => id),
    next: reply.headers?.['opc-next-page'],
    previous: reply.headers?.['opc-prev-page'],
  };
}

test.each([
  [{ sortBy: 'NAME', sortOrder: 'ASC' }, ['a', 'b', 'c', 'd', 'e']],
  [{ sortBy: 'NAME', sortOrder: 'DESC' }, ['e', 'd', 'c', 'b', 'a']],
  [{ sortBy: 'TIMECREATED', sortOrder: 'ASC' }, ['b', 'a', 'd', 'c', 'e']],
  [{}, ['e', 'c', 'd', 'a', 'b']],
])('pages sorted by %j lead on to the end and back to the start', (order, names) => {
  const service = new Service();
  for (const name of ['b', 'a', 'd', 'c', 'e']) {
    harness(service, name);
    service.now += 1_000;
  }
  const first = pageOf(service, { ...order, limit: '2' });
  expect([first.names, first.previous]).toEqual([names.slice(0, 2), undefined]);
  const second = pageOf(service, { ...order, limit: '2', page: first.next! });
  expect(second.names).toEqual(names.slice(2, 4));
  const third = pageOf(service, { ...order, limit: '2', page: second.next! });
  expect([third.names, third.next]).toEqual([names.slice(4), undefined]);
  const backToSecond = pageOf(service, { ...order, limit: '2', page: third.previous! });
  expect(backToSecond.names).toEqual(second.names);
  expect(pageOf(service, { ...order, limit: '2', page: backToSecond.previous! }).names).toEqual(first.names);
});

test('whoever walks a list while others create and delete meets each row that stays exactly once', () => {
  const name = fc.string({ minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(
      fc.array(name, { minLength: 5, maxLength: 30 }),
      fc.array(fc.record({ created: fc.array(name, { maxLength: 3 }), deleted: fc.nat() }), {
        minLength: 30,
        maxLength: 30,
      }),
      fc.constantFrom('NAME', 'TIMECREATED'),
      fc.integer({ min: 1, max: 7 }),
      (names, others, sortBy, limit) => {
        const service = new Service();
        const staying = new Set(names.map((each) => harness(service, each)));
        const going = names.map((each) => harness(service, each));
        const met: string[] = [];
        let page: string | undefined;
        for (let turn = 0; turn === 0 || page !== undefined; turn++) {
          const query = { sortBy, limit: `${limit}`, lifecycleState: 'ACTIVE', ...(page && { page }) };
          const answer = pageOf(service, query);
          met.push(...answer.ids.filter((id) => staying.has(id)));
          page = answer.next;
          const { created, deleted } = others[turn] ?? { created: [], deleted: 0 };
          service.now += 1;
          for (const each of created) harness(service, each);
          const [gone] = going.splice(deleted % Math.max(1, going.length), 1);
          if (gone !== undefined) service.ask('DELETE', `/connectharnesses/${gone}`);
        }
        expect(met.toSorted()).toEqual([...staying].sort());
      },
    ),
  );
});

test.each([
  'x',
  Buffer.from('{}').toString('base64url'),
  Buffer.from('["beside",1,"a"]').toString('base64url'),
])('a page token that no list gave is refused: %s', (page) => {
  const query = { compartmentId, page };
  expect(new Service().ask('GET', '/streams', { query })).toMatchObject({
    status: 400,
    body: { code: 'InvalidParameter', message: 'page: is not a page token of this list' },
  });
});

test('lists are filtered by id, name and state together', () => {
  const service = new Service({ deleteDelayMs: 60_000 });
  const [first, second] = [harness(service, 'same'), harness(service, 'same')];
  const third = harness(service, 'other');
  service.ask('DELETE', `/connectharnesses/${second}`);
  const ids = (query: Record<string, string>) => new Set(pageOf(service, query).ids);
  expect(ids({ id: first })).toEqual(new Set([first]));
  expect(ids({ name: 'same' })).toEqual(new Set([first, second]));
  expect(ids({ lifecycleState: 'deleting' })).toEqual(new Set([second]));
  expect(ids({ name: 'same', lifecycleState: 'ACTIVE' })).toEqual(new Set([first]));
  expect(ids({ id: third, name: 'same' })).toEqual(new Set());
});
