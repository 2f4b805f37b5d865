import { describe, expect, it } from 'vitest';

import { readSettings, sections } from '../../../runtime/settings/index.ts';

function problem(given: Record<string, unknown>, environment: Record<string, string> = {}): string {
  try {
    readSettings(given, environment);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG' });
    return String(error);
  }
  return expect.fail('these settings must be refused');
}

/** Ways to write an address that holds a password. */
const ADDRESSES = [
  'https://anna:sesame@host.example',
  'https://anna:ses@me@host.example:99999',
  'https://:sesame@host.example',
  'https://sesame@host.example',
  'ftp://anna:sesame@host.example/x?y',
  'anna:sesame@host.example',
  'https:/anna:sesame@ host',
  'https://host.example/?token=sesame',
  'nonsense?sesame',
  'nonsense#sesame',
];

describe('INV-8: a password in an address that was given as a setting', () => {
  it.each(ADDRESSES)('INV-8: is not repeated: %s', (address) => {
    const variable = 'OCI_STREAMING_ENDPOINT_SA_VINHEDO_1';
    expect(problem({}, { [variable]: address })).toContain(variable);
    expect(problem({ endpoints: { 'sa-vinhedo-1': address } })).toContain('--endpoint sa-vinhedo-1');
    // Without a region before it, the address itself stands where the region should.
    expect(problem({ endpoints: { [address]: 'sesame' } })).toContain('--endpoint must look like');
    for (const words of [
      problem({}, { [variable]: address }),
      problem({ endpoints: { 'sa-vinhedo-1': address } }),
      problem({ endpoints: { [address]: 'sesame' } }),
    ]) {
      expect(words).not.toMatch(/sesame|ses@me|anna/);
    }
  });

  it('INV-8: is not repeated whichever setting it was given for', () => {
    const rows = Object.values(sections).flatMap((section) => Object.entries(section));
    for (const [name] of rows) {
      for (const address of ADDRESSES) {
        try {
          readSettings({ [name]: address }, {});
        } catch (error) {
          expect(String(error)).not.toMatch(/sesame|ses@me/);
        }
      }
    }
  });

  it('INV-8: leaves the rest of what was given to be read', () => {
    const words = problem({
      maxAttempts: 'many',
      endpoints: { 'sa-vinhedo-1': 'ftp://anna:x@host.example' },
    });
    expect(words).toContain('--max-attempts "many" is not a number');
    expect(words).toContain('"…@host.example"');
  });
});

describe('C7: the configuration file', () => {
  it('C7: is named by OCI_CONFIG_FILE, else by OCI_CLI_CONFIG_FILE', () => {
    expect(readSettings({}, { OCI_CLI_CONFIG_FILE: '/a' }).configFile).toBe('/a');
    expect(readSettings({}, { OCI_CLI_CONFIG_FILE: '/a', OCI_CONFIG_FILE: '/b' }).configFile).toBe('/b');
    expect(readSettings({ configFile: '/c' }, { OCI_CONFIG_FILE: '/b' }).configFile).toBe('/c');
  });
});
