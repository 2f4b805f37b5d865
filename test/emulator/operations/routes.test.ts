import { expect, test } from 'vitest';
import { findRoute, routes } from '../../../emulator/operations/routes.ts';

test.each(routes.map(({ operation, method, path }) => ({ operation, method, path })))(
  '$method $path is $operation, and the only one',
  ({ operation, method, path }) => {
    const called = `/20180418${path.replaceAll(/\{\w+\}/g, 'ocid1.x')}`;
    expect(findRoute(method, called).route.operation).toBe(operation);
    expect(findRoute(method, `${called}/`).route.operation).toBe(operation);
  },
);

test('path parameters are decoded', () => {
  const { parts } = findRoute('GET', '/20180418/streams/ocid1.x/groups/my%20group%2F1');
  expect(parts).toEqual({ streamId: 'ocid1.x', groupName: 'my group/1' });
});

test.each([
  ['GET', '/20180418/strems', 404],
  ['GET', '/streams', 404],
  ['PATCH', '/20180418/streams', 405],
  ['POST', '/20180418/streams/%ZZ/messages', 400],
])('%s %s is refused with %i', (method, path, status) => {
  expect(() => findRoute(method, path)).toThrow(expect.objectContaining({ status }) as Error);
});
