import { describe, expect, it } from 'vitest';

import { COMMAND_LINE, readSettings, table } from '../../../runtime/settings/index.ts';

function problem(
  given: Record<string, unknown>,
  environment: Record<string, string> = {},
  reader?: typeof COMMAND_LINE,
): string {
  try {
    readSettings(given, environment, reader);
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
    const endpoints = { 'sa-vinhedo-1': address };
    // Without a region before it, the address itself stands where the region should.
    const noRegion = { [address]: 'sesame' };
    const problems = [
      [problem({}, { [variable]: address }), variable],
      [problem({ endpoints }), "endpoints['sa-vinhedo-1']"],
      [problem({ endpoints }, {}, COMMAND_LINE), '--endpoint sa-vinhedo-1'],
      [problem({ endpoints: { 'sa-vinhedo-1': [address] } }), "endpoints['sa-vinhedo-1']"],
      [problem({ endpoints: noRegion }), 'endpoints must look like'],
      [problem({ endpoints: noRegion }, {}, COMMAND_LINE), '--endpoint must look like'],
    ] as const;
    for (const [words, place] of problems) {
      expect(words).toContain(place);
      expect(words).not.toMatch(/sesame|ses@me|anna/);
    }
  });

  it('INV-8: is not repeated whichever setting it was given for', () => {
    for (const name of Object.keys(table)) {
      for (const address of ADDRESSES) {
        for (const given of [address, [address], { url: address }]) {
          try {
            readSettings({ [name]: given }, {});
          } catch (error) {
            expect(String(error)).not.toMatch(/sesame|ses@me/);
          }
        }
      }
    }
  });

  it('INV-8: leaves the rest of what was given to be read', () => {
    const words = problem({
      maxAttempts: 'many',
      endpoints: { 'sa-vinhedo-1': 'ftp://anna:x@host.example' },
    });
    expect(words).toContain('maxAttempts "many" is not a number');
    expect(words).toContain('"…@host.example"');
  });
});
