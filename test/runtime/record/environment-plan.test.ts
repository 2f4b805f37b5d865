import { describe, expect, it } from 'vitest';

import { environmentSteps, type EnvironmentPlace } from '../../../runtime/record/environment-plan.ts';

const values = { SECONDARY_STREAM_OCID: 'ocid1.stream.x', SECONDARY_STREAM_ENDPOINT: 'https://x' };
const place = (platform: NodeJS.Platform, mode: EnvironmentPlace['mode']): EnvironmentPlace => ({
  platform,
  mode,
  recordFile: '/srv/stream.properties',
  configHome: '/home/anna/.config',
});

const always = [
  { do: 'set', where: 'this process' },
  {
    do: 'write',
    where: '/srv/stream.properties.env',
    file: '/srv/stream.properties.env',
    makeDirectory: false,
    text: "export SECONDARY_STREAM_OCID='ocid1.stream.x'\nexport SECONDARY_STREAM_ENDPOINT='https://x'\n",
  },
];

describe('E13 what exporting takes', () => {
  it.each([
    ['linux', 'auto'],
    ['linux', 'process'],
    ['darwin', 'auto'],
    ['win32', 'process'],
  ] as const)('%s, %s: this process and a file to source', (platform, mode) => {
    expect(environmentSteps(place(platform, mode), values)).toEqual(always);
  });

  it.each(['auto', 'persistent'] as const)('Windows, %s: PowerShell, else setx', (mode) => {
    expect(environmentSteps(place('win32', mode), values)).toEqual([
      ...always,
      {
        do: 'run',
        where: "the user's environment (new windows)",
        ways: [
          [
            [
              'powershell.exe',
              '-NoProfile',
              '-NonInteractive',
              '-Command',
              "[Environment]::SetEnvironmentVariable('SECONDARY_STREAM_OCID', $env:SECONDARY_STREAM_OCID, 'User'); [Environment]::SetEnvironmentVariable('SECONDARY_STREAM_ENDPOINT', $env:SECONDARY_STREAM_ENDPOINT, 'User')",
            ],
          ],
          [
            ['setx.exe', 'SECONDARY_STREAM_OCID', 'ocid1.stream.x'],
            ['setx.exe', 'SECONDARY_STREAM_ENDPOINT', 'https://x'],
          ],
        ],
      },
    ]);
  });

  it('Linux, persistent: environment.d', () => {
    const file = '/home/anna/.config/environment.d/oci-streaming-ha.conf';
    expect(environmentSteps(place('linux', 'persistent'), values)).toEqual([
      ...always,
      {
        do: 'write',
        where: `${file} (from the next login)`,
        file,
        makeDirectory: true,
        text: 'SECONDARY_STREAM_OCID=ocid1.stream.x\nSECONDARY_STREAM_ENDPOINT=https://x\n',
      },
    ]);
  });

  it('macOS, persistent: launchctl', () => {
    expect(environmentSteps(place('darwin', 'persistent'), values).at(-1)).toEqual({
      do: 'run',
      where: "the user's environment (until logout)",
      ways: [
        [
          ['launchctl', 'setenv', 'SECONDARY_STREAM_OCID', 'ocid1.stream.x'],
          ['launchctl', 'setenv', 'SECONDARY_STREAM_ENDPOINT', 'https://x'],
        ],
      ],
    });
  });

  it('elsewhere there is no known way, and that is said', () => {
    expect(environmentSteps(place('freebsd', 'persistent'), values).at(-1)).toEqual({
      do: 'nothing',
      where: "the user's environment",
      because: 'there is no known way on freebsd',
    });
  });

  it('a value that a file cannot hold costs that file only', () => {
    const steps = environmentSteps(place('linux', 'persistent'), { A: '$x' });
    expect(steps.map((step) => step.do)).toEqual(['set', 'write', 'nothing']);
  });
});
