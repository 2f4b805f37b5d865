import { describe, expect, it } from 'vitest';

import {
  COMMAND_LINE,
  explainSettings,
  optionsAsFlags,
  readSettings,
  SETTINGS_OF,
  type SettingsReader,
} from '../../../runtime/settings/index.ts';

function problem(given: unknown, reader?: SettingsReader, environment: Record<string, string> = {}): string {
  try {
    readSettings(given as object, environment, reader);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG' });
    return (error as Error).message;
  }
  return expect.fail('these settings must be refused');
}

describe('I6: a setting that is wrong', () => {
  it('I6: is named as the option in a program, as the flag on the command line', () => {
    expect(problem({ maxAttempts: 0 })).toBe('maxAttempts 0 is too small: 1..20');
    expect(problem({ maxAttempts: '0' }, COMMAND_LINE)).toBe('--max-attempts 0 is too small: 1..20');
    expect(problem({ requestTimeoutMs: '9h' }, COMMAND_LINE)).toBe(
      '--request-timeout 9h is too large: 50..300000 ms (or 2s, 5m, 1h)',
    );
  });

  it('I6: is named as the variable where the environment has it', () => {
    for (const reader of [undefined, COMMAND_LINE]) {
      expect(problem({}, reader, { OCI_STREAMING_GROUP: 'a b' })).toBe(
        'OCI_STREAMING_GROUP in the environment "a b" does not look right: 1..255 of A-Z a-z 0-9 _ . -',
      );
    }
    expect(
      problem({ secondaryRegion: 'sa-saopaulo-1' }, undefined, { OCI_PRIMARY_REGION: 'sa-saopaulo-1' }),
    ).toBe(
      'OCI_PRIMARY_REGION in the environment and secondaryRegion are both sa-saopaulo-1: a region cannot stand in for itself',
    );
  });

  it('I6: is told together with all others', () => {
    expect(problem({ lanes: 0, failback: 'perhaps' })).toBe(
      'failback "perhaps" is neither yes nor no: true or false; lanes 0 is too small: 1..256',
    );
    expect(problem({ baseDelayMs: 9, maxDelayMs: 8 })).toBe('baseDelayMs 9 is longer than maxDelayMs 8');
    expect(problem({ outboxDirectory: './spool' })).toBe(
      'outboxDirectory needs outbox outage or always; it is off, so nothing would be kept there',
    );
  });

  it('C21: a region that is written in another way has its nearest name', () => {
    expect(problem({ primaryRegion: 'SA-SAOPAULO-1' })).toBe(
      'primaryRegion "SA-SAOPAULO-1" does not look right: did you mean sa-saopaulo-1?',
    );
    expect(problem({ secondaryRegion: 'us_ashburn' }, COMMAND_LINE)).toBe(
      '--secondary-region "us_ashburn" does not look right: did you mean us-ashburn-1?',
    );
  });

  it('C21: a region that is like none is refused, unless its endpoint is named', () => {
    expect(problem({ primaryRegion: 'mars-1' })).toBe(
      'primaryRegion "mars-1" does not look right: an OCI region such as us-ashburn-1',
    );
    const unknown = 'is no known region (a region that is newer than this version: name its endpoint with';
    expect(problem({ primaryRegion: 'mars-north-1' })).toBe(
      `primaryRegion mars-north-1 ${unknown} endpoints)`,
    );
    expect(problem({}, COMMAND_LINE, { OCI_SECONDARY_REGION: 'mars-north-1' })).toBe(
      `OCI_SECONDARY_REGION in the environment mars-north-1 ${unknown} --endpoint mars-north-1=https://…)`,
    );
    const endpoints = { 'mars-north-1': 'https://streaming.mars.example' };
    expect(readSettings({ primaryRegion: 'mars-north-1', endpoints }, {}).primaryRegion).toBe('mars-north-1');
  });

  it.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [null, 'null'],
    [5n, '5'],
    [[5], '[…]'],
    [{ valueOf: () => 5 }, '{…}'],
    [Object.create(null), '{…}'],
    [(): number => 5, 'function'],
  ])('I6: is shown as it is, also when it is %s', (value, words) => {
    expect(problem({ maxAttempts: value })).toMatch(
      new RegExp(`^maxAttempts ${words.replaceAll(/[[\]{}]/g, '\\$&')} is not a (whole )?number: 1\\.\\.20$`),
    );
  });

  it.each([null, 5, [], 'https://one.example'])('I6: %j is no endpoints', (endpoints) => {
    expect(problem({ endpoints })).toBe(
      "endpoints must look like { 'sa-saopaulo-1': 'https://…' }: regions and their addresses",
    );
  });

  it.each(['https://gateway.example/oci', 'https://gateway.example?x=y', 'https://gateway.example/#z'])(
    'I6: an endpoint with a path, a query or a fragment is refused: %s',
    (address) => {
      expect(problem({ endpoints: { 'sa-vinhedo-1': address } })).toBe(
        "endpoints['sa-vinhedo-1'] has more than scheme, host and port; it must be such as http://127.0.0.1:7101",
      );
    },
  );

  it.each([null, 5, 'text', []])('I6: %j is no options at all', (given) => {
    expect(problem(given)).toMatch(/^the options are .*: give an object, or leave them out$/);
  });
});

describe('I6: an option that does not exist', () => {
  it.each([
    ['maxAtempts', 'maxAttempts'],
    ['requestTimeout', 'requestTimeoutMs'],
    ['Group', 'group'],
    ['endpoint', 'endpoints'],
  ])('I6: %s: did you mean %s?', (name, nearest) => {
    expect(problem({ [name]: 1 })).toBe(`option ${name} is unknown: did you mean ${nearest}?`);
  });

  it('I6: has no nearest one when none is like it', () => {
    expect(problem({ foo: 1 })).toBe('option foo is unknown');
    expect(problem({ __proto__: null, constructor: 1 })).toBe('option constructor is unknown');
  });

  it('I6: an option of a consumer is none of a producer, and the reverse', () => {
    expect(problem({ group: 'g' }, { caller: 'library', handle: 'producer' })).toBe(
      'option group is for a consumer, not for a producer',
    );
    expect(problem({ lanes: 8 }, { caller: 'library', handle: 'consumer' })).toBe(
      'option lanes is for a producer, not for a consumer',
    );
    expect(SETTINGS_OF.producer).not.toContain('group');
    expect(SETTINGS_OF.consumer).not.toContain('lanes');
  });
});

describe('text', () => {
  it('has units on the command line and in the environment, not in an option of a program', () => {
    const given = { requestTimeoutMs: '2s', maxBatchBytes: '64KiB', failback: 'no' };
    expect(readSettings(given, {}, COMMAND_LINE)).toMatchObject({
      requestTimeoutMs: 2_000,
      maxBatchBytes: 65_536,
      failback: false,
    });
    expect(problem({ requestTimeoutMs: '2s' })).toBe('requestTimeoutMs "2s" is not a number: 50..300000 ms');
  });

  it.each(['', '2', ' 2 ', '2 s', '0.5s', '2d', 's', '2KiB', '1e3', '-2s'])(
    'reads %j as a duration, or says that it cannot',
    (text) => {
      const known: Record<string, number> = { '2 s': 2_000, '0.5s': 500 };
      const read = (): number => readSettings({ requestTimeoutMs: text }, {}, COMMAND_LINE).requestTimeoutMs;
      if (known[text] === undefined) expect(read).toThrow(/is not a number|is too small/);
      else expect(read()).toBe(known[text]);
    },
  );
});

describe('a variable of the environment', () => {
  it('has spaces around it on Windows at times: `set X=y && …`', () => {
    const environment = {
      OCI_CLI_AUTH: 'instance_principal ',
      OCI_STREAMING_ENVELOPE: ' yes ',
      OCI_PRIMARY_REGION: ' sa-santiago-1',
    };
    expect(readSettings({}, environment)).toMatchObject({
      auth: 'instance_principal',
      envelope: true,
      primaryRegion: 'sa-santiago-1',
    });
  });

  it.each(['', ' ', '\t'])('counts as unset when it is %j', (text) => {
    const environment = {
      OCI_COMPARTMENT_ID: text,
      OCI_CLI_AUTH: text,
      OCI_CONFIG_FILE: text,
      OCI_CLI_CONFIG_FILE: '/b',
      OCI_STREAMING_ENDPOINT_SA_VINHEDO_1: text,
    };
    expect(readSettings({}, environment)).toMatchObject({
      compartmentId: undefined,
      auth: 'api_key',
      configFile: '/b',
      endpoints: {},
    });
  });
});

it('what starts a program or replaces a global is off in a program of its own, and on for the command line', () => {
  for (const name of ['stackOutputs', 'stackRefresh', 'quietConsole'] as const) {
    expect(readSettings({}, {})[name]).toBe(false);
    expect(readSettings({}, {}, COMMAND_LINE)[name]).toBe(true);
    expect(readSettings({ [name]: false }, {}, COMMAND_LINE)[name]).toBe(false);
  }
});

it('a setting is explained with its source', () => {
  const explained = explainSettings({ maxAttempts: '3' }, { OCI_STREAMING_GROUP: 'billing' });
  const of = (name: string): unknown => explained.find((each) => each.name === name);
  expect(of('maxAttempts')).toEqual({
    name: 'maxAttempts',
    flag: '--max-attempts',
    env: undefined,
    value: 3,
    source: 'flag',
  });
  expect(of('group')).toMatchObject({ value: 'billing', source: 'environment', env: 'OCI_STREAMING_GROUP' });
  expect(of('lanes')).toMatchObject({ value: 8, source: 'default' });
  expect(of('compartmentId')).toMatchObject({ value: undefined, source: 'unset' });
});

it('options that a text names in backticks are flags on the command line', () => {
  expect(optionsAsFlags('choose another place with `recordFile` (STREAM_PROPERTIES), or `pulumi up`')).toBe(
    'choose another place with --record-file (STREAM_PROPERTIES), or `pulumi up`',
  );
});

describe('C7: the configuration file', () => {
  it('C7: is named by OCI_CONFIG_FILE, else by OCI_CLI_CONFIG_FILE', () => {
    expect(readSettings({}, { OCI_CLI_CONFIG_FILE: '/a' }).configFile).toBe('/a');
    expect(readSettings({}, { OCI_CLI_CONFIG_FILE: '/a', OCI_CONFIG_FILE: '/b' }).configFile).toBe('/b');
    expect(readSettings({ configFile: '/c' }, { OCI_CONFIG_FILE: '/b' }).configFile).toBe('/c');
  });
});
