import { expect, test } from 'vitest';
import { routes } from '../../../emulator/operations/routes.ts';
import { validations } from '../../../emulator/operations/validations.ts';

const create = validations.CreateStream.body;

test('every operation of the table of routes has its checks', () => {
  expect(Object.keys(validations).toSorted()).toEqual(routes.map(({ operation }) => operation).toSorted());
});

test('a field that no client knows is ignored, and null counts as absent', () => {
  const body = create({ name: 'orders', partitions: 1, retentionInHours: null, colour: 'red' });
  expect(body).toEqual(expect.objectContaining({ name: 'orders', partitions: 1 }));
  expect(body).not.toHaveProperty('colour');
  expect(body.retentionInHours).toBeUndefined();
});

test.each<[object, string]>([
  [{ partitions: 1 }, 'name'],
  [{ name: 'orders' }, 'partitions'],
  [{ name: 'orders', partitions: 0 }, 'partitions: must be an integer between 1 and 10000'],
  [{ name: 'orders', partitions: 1.5 }, 'partitions: must be an integer'],
  [
    { name: 'orders', partitions: 1, retentionInHours: 169 },
    'retentionInHours: must be an integer between 24 and 168',
  ],
])('%o is refused, and the field is named', (body, message) => {
  expect(() => create(body)).toThrow(message);
});
