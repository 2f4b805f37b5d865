import { expect, test } from 'vitest';
import { Service } from './service.ts';

test('a full region says so, or drops its oldest messages', () => {
  const value = 'v'.repeat(100_000);
  const strict = new Service({ maxStoredBytes: 500_000 });
  const id = strict.stream();
  for (let index = 0; index < 4; index++) strict.put(id, [value]);
  expect(() => strict.put(id, [value])).toThrow('The emulator is full');

  const dropping = new Service({ maxStoredBytes: 500_000, whenFull: 'drop-oldest' });
  const other = dropping.stream();
  for (let index = 0; index < 20; index++) dropping.put(other, [value]);
  const [log] = dropping.region.streams.get(other)!.partitions;
  expect(log!.bytes).toBeLessThan(600_000);
  expect(log!.lostBefore).toBeGreaterThan(10);
});
