import { describe, expect, test } from 'vitest';
import { checkedAddresses, checkedSecurity, regionRules, scenarioOf } from '../../emulator/check-options.ts';
import type { EmulatorOptions } from '../../emulator/options.ts';

describe('regions, hosts and ports', () => {
  test('listen on this machine only, on any free ports, unless the options say otherwise', () => {
    expect(checkedAddresses({})).toMatchObject({
      regions: ['sa-saopaulo-1', 'sa-vinhedo-1'],
      host: '127.0.0.1',
      port: 0,
      control: { host: '127.0.0.1', port: 0 },
    });
  });

  test('the control listener stays on this machine when the regions do not, and then has no advertised name', () => {
    const { control } = checkedAddresses({ host: '0.0.0.0', advertise: 'emulator' });
    expect(control).toEqual({ host: '127.0.0.1', advertise: undefined, port: 0 });
  });

  test.each<[EmulatorOptions, string]>([
    [{ regions: [] }, 'regions: at least one is needed'],
    [{ regions: ['gru'] }, "regions: gru is not a region's name"],
    [{ regions: ['sa-vinhedo-1', 'sa-vinhedo-1'] }, 'regions: a region is named twice'],
    [{ port: -1 }, 'port: must be a whole number from 0 to 65535, not -1'],
    [{ port: 65_535 }, 'port of the last region: must be a whole number from 0 to 65535, not 65536'],
    [{ controlPort: 1.5 }, 'controlPort: must be a whole number'],
  ])('%o is refused', (options, message) => {
    expect(() => checkedAddresses(options)).toThrow(message);
  });
});

describe('the rules of the regions', () => {
  test('limits can be given one by one; the others stay off', () => {
    expect(regionRules({ limits: { getsPerSecond: 5 } }).limits).toMatchObject({
      getsPerSecond: 5,
      callsPerSecond: Infinity,
    });
    expect(regionRules({ limits: 'strict' }).limits.callsPerSecond).toBe(5);
  });

  test.each<[EmulatorOptions, string]>([
    [{ limits: 'loose' as 'strict' }, 'limits: must be strict or relaxed, not loose'],
    [{ limits: { perSecond: 1 } as object }, 'limits: perSecond is not a limit; there are putBytesPerSecond'],
    [{ limits: { getsPerSecond: 0 } }, 'limits: getsPerSecond must be a number above 0, not 0'],
    [{ createDelayMs: -1 }, 'createDelayMs: must be a whole number'],
    [{ offsetGapProbability: 1.1 }, 'offsetGapProbability: must be a number from 0 to 1, not 1.1'],
    [{ whenFull: 'panic' as 'refuse' }, 'whenFull: must be refuse or drop-oldest, not panic'],
  ])('%o is refused', (options, message) => {
    expect(() => regionRules(options)).toThrow(message);
  });
});

describe('signatures and users', () => {
  test('a user has the grants of its policy texts', () => {
    const { profiles } = checkedSecurity({ users: { writer: ['use stream-push', 'read streams'] } });
    expect(profiles).toMatchObject([{ profile: 'writer' }]);
    expect(profiles[0]?.grants).toHaveLength(2);
  });

  test.each<[EmulatorOptions, string]>([
    [{ signatures: 'maybe' as 'checked' }, 'signatures: must be required, checked or ignored, not maybe'],
    [{ users: { DEFAULT: [] } }, 'users: DEFAULT cannot be a profile'],
    [{ users: { writer_SESSION: [] } }, 'users: writer_SESSION cannot be a profile'],
    [{ users: { writer: ['own everything'] } }, 'users: writer: '],
  ])('%o is refused', (options, message) => {
    expect(() => checkedSecurity(options)).toThrow(message);
  });
});

test('a scenario is checked against the regions', () => {
  const scenario = { steps: [{ region: 'sa-elsewhere-1', faults: [] }] };
  expect(() => scenarioOf({ scenario }, ['sa-vinhedo-1'])).toThrow(/^scenario: /);
  expect(scenarioOf({}, ['sa-vinhedo-1']).steps).toEqual([]);
});
