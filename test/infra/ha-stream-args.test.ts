import { output } from '@pulumi/pulumi';
import { expect, test } from 'vitest';
import { checked, resolved } from '../../infra/ha-stream-args.ts';
import { compartmentId } from './example-configuration.ts';

test('J6: arguments are checked before anything is declared', () => {
  expect(() => checked('orders', { compartmentId, partitions: 0 })).toThrow(
    /new HaStream\('orders'.*\n.*partitions = 0 .*whole number of partitions/,
  );
});

test('J6: the compartment may be an output of another resource; a value that decides what is made may not', () => {
  const late = { compartmentId: output(compartmentId) };
  expect(checked('orders', late)).toBe(late);
  const region = output('sa-vinhedo-1') as unknown as string;
  expect(() => checked('orders', { compartmentId, secondaryRegion: region })).toThrow(
    "secondaryRegion of new HaStream('orders', …) is an output of another resource",
  );
});

test('J6: a region whose key the SDK does not know is allowed without policies, and refused with them', () => {
  const args = { compartmentId, secondaryRegion: 'xx-nowhere-1' };
  expect(checked('orders', args)).toBe(args);
  expect(() => checked('orders', { ...args, access: { producer: { group: 'writers' } } })).toThrow(
    'The key of the region xx-nowhere-1 is needed',
  );
});

test('J6: outputs are resolved, and checked like any other value', async () => {
  const { configuration, unknown } = await resolved('orders', { compartmentId: output(compartmentId) });
  expect(configuration.compartmentId).toBe(compartmentId);
  expect(unknown.size).toBe(0);
  await expect(resolved('orders', { compartmentId: output('elsewhere') })).rejects.toThrow('is not an OCID');
});
