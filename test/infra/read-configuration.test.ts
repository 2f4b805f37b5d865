import { describe, expect, it } from 'vitest';
import { checkConfiguration } from '../../infra/read-configuration.ts';
import { compartmentId, exampleConfiguration, refusal } from './example-configuration.ts';

describe('reading the configuration', () => {
  it('J6: reads structured values from JSON', () => {
    const read = exampleConfiguration({
      tags: '{"team":"payments"}',
      access: '{"producer":{"group":"Default/writers"},"consumer":{"dynamicGroup":"readers"}}',
      alarms: '{}',
    });
    expect(read).toMatchObject({
      tags: { team: 'payments' },
      access: { producer: { group: 'Default/writers' }, consumer: { dynamicGroup: 'readers' } },
      alarms: { silenceMinutes: 15 },
    });
  });

  it('J6: says everything that is wrong at once, a key that does not exist included', () => {
    const lines = refusal({ partition: '3', partitions: '0', retentionInHours: '1' }).split('\n');
    expect(lines.filter((line) => line.startsWith('  - ')).map((line) => line.split(' ')[3])).toEqual([
      'partition',
      'compartmentId',
      'partitions',
      'retentionInHours',
    ]);
  });

  it('J6: takes the empty values of Pulumi.yaml for absent', () => {
    const empty = {
      streamPoolId: '',
      secondaryStreamPoolId: '',
      primaryPool: '{}',
      secondaryPool: '{}',
      tags: '{}',
      access: '{}',
      alarms: '{"enabled":false}',
    };
    expect(exampleConfiguration(empty)).toEqual(exampleConfiguration());
    expect(exampleConfiguration({ alarms: '{}' }).alarms).toEqual({ silenceMinutes: 15 });
  });

  it('J6: speaks of the program where the program gave the values', () => {
    const given = { compartmentId, partitions: 0, streamNames: 'a' } as Parameters<
      typeof checkConfiguration
    >[0];
    expect(() => checkConfiguration(given, 'orders')).toThrow(
      /^What was given to new HaStream\('orders', …\) is wrong; nothing was changed\.\n {2}- streamNames is not a key .*\n {2}- partitions = 0 is not allowed/,
    );
  });
});
