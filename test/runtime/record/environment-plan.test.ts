import { spawnSync } from 'node:child_process';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import {
  environmentLines,
  environmentSteps,
  type EnvironmentPlace,
  type Shell,
} from '../../../runtime/record/environment-plan.ts';
import { ENDPOINT, ocidOf } from './samples.ts';

const seed = 4;
const HOSTILE = {
  PLAIN: ENDPOINT,
  EMPTY: '',
  SPACES: '  two  words ',
  QUOTES: `it's "quoted" \`twice\` '' \\'`,
  EXPANSION: '$HOME ${HOME} $(touch /tmp/owned) %PATH% !x',
  LINES: '\nfirst\r\nlast\n\n',
  COMMAND: `'; touch /tmp/owned; '`,
  UNICODE: 'São Paulo — ‘curly’ 🚀',
};

/** What a shell that takes POSIX syntax exports after `eval "$(… env)"`. */
function evaluated(shell: string, values: Record<string, string>): Record<string, string> {
  const lines = environmentLines('sh', values).join('\n');
  const print = Object.keys(values).map((name) => `printf '%s\\0' "$${name}"`);
  const { stdout, stderr } = spawnSync(shell, ['-c', `eval "$LINES_TO_EVAL"\n${print.join('\n')}`], {
    env: { LINES_TO_EVAL: `${lines}\n` },
    // With a socket for stdin bash takes itself for a remote shell and reads ~/.bashrc.
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const printed = stdout.split('\0');
  return Object.fromEntries(Object.keys(values).map((name, nth) => [name, printed[nth] ?? '']));
}

const has = (shell: string): boolean => spawnSync(shell, ['-c', ':']).status === 0;

describe('E13: lines for a shell', () => {
  it.each(['sh', 'bash', 'zsh', 'ksh'].filter(has))('%s takes hostile values literally', (shell) => {
    expect(evaluated(shell, HOSTILE)).toEqual(HOSTILE);
  });

  it.skipIf(!has('sh'))('sh takes any values literally', () => {
    const text = fc.string({ unit: fc.constantFrom(...`'"\\$\`(){};&|<>*?[]!#~= \t\n\ra–é`.split('')) });
    for (const values of fc.sample(fc.array(text, { minLength: 20, maxLength: 20 }), { numRuns: 10, seed })) {
      const named = Object.fromEntries(values.map((value, nth) => [`V${nth}`, value]));
      expect(evaluated('sh', named)).toEqual(named);
    }
  });

  it.each(['fish'].filter(has))('%s takes hostile values literally', (shell) => {
    const lines = environmentLines('fish', HOSTILE).join('\n');
    const print = Object.keys(HOSTILE).map((name) => `printf '%s\\0' "$${name}"`);
    const { stdout } = spawnSync(shell, ['-c', `${lines}\n${print.join('\n')}`], { encoding: 'utf8' });
    expect(stdout.split('\0').slice(0, -1)).toEqual(Object.values(HOSTILE));
  });

  it.each([
    ['sh', `export A='it'\\''s $x'`],
    ['fish', `set -gx A 'it\\'s $x'`],
    ['powershell', `$env:A = 'it''s $x'`],
    ['cmd', `set "A=it's $x"`],
  ] as [Shell, string][])('%s writes %s', (shell, line) => {
    expect(environmentLines(shell, { A: "it's $x" })).toEqual([line]);
  });

  it('E13: fish and PowerShell: what ends a quote there', () => {
    expect(environmentLines('fish', { A: "\\'" })).toEqual([String.raw`set -gx A '\\\''`]);
    expect(environmentLines('powershell', { A: '‘’‚‛' })).toEqual(["$env:A = '‘‘’’‚‚‛‛'"]);
  });

  it.each(['sh', 'fish', 'powershell', 'cmd'] as Shell[])(
    'E13: %s holds what is really exported',
    (shell) => {
      const values = { SECONDARY_STREAM_OCID: ocidOf('aaa'), SECONDARY_STREAM_ENDPOINT: ENDPOINT };
      const lines = environmentLines(shell, values);
      expect(lines).toHaveLength(2);
      expect(lines[0]).toContain(ocidOf('aaa'));
      expect(lines[1]).toContain(ENDPOINT);
    },
  );

  it.each([
    ['cmd', 'a"b'],
    ['cmd', '%PATH%'],
    ['cmd', 'a\nb'],
    ['sh', 'a\0b'],
    ['environment.d', '$HOME'],
    ['environment.d', 'a b'],
  ] as [Shell, string][])('%s cannot hold %j, and says so', (shell, value) => {
    expect(() => environmentLines(shell, { A: value })).toThrow(HaError);
    expect(() => environmentLines(shell, { A: value })).toThrow(
      `A holds a character that ${shell} cannot hold`,
    );
  });

  it('E13: a name that is none is refused', () => {
    expect(() => environmentLines('sh', { 'A; rm -rf /': 'x' })).toThrow('not the name of a variable');
  });
});

const VALUES = { SECONDARY_STREAM_OCID: 'ocid1.stream.x', SECONDARY_STREAM_ENDPOINT: 'https://x' };
const place = (platform: NodeJS.Platform, mode: EnvironmentPlace['mode']): EnvironmentPlace => ({
  platform,
  mode,
  recordFile: '/srv/stream.properties',
  configHome: '/home/anna/.config',
});

const always = [
  { type: 'set', where: 'this process' },
  {
    type: 'write',
    where: '/srv/stream.properties.env',
    file: '/srv/stream.properties.env',
    makeDirectory: false,
    text: "export SECONDARY_STREAM_OCID='ocid1.stream.x'\nexport SECONDARY_STREAM_ENDPOINT='https://x'\n",
  },
];

describe('E13: what exporting takes', () => {
  it.each([
    ['linux', 'auto'],
    ['linux', 'process'],
    ['darwin', 'auto'],
    ['win32', 'process'],
  ] as const)('E13: %s, %s: this process and a file to source', (platform, mode) => {
    expect(environmentSteps(place(platform, mode), VALUES)).toEqual(always);
  });

  it.each(['auto', 'persistent'] as const)('E13: Windows, %s: PowerShell, else setx', (mode) => {
    expect(environmentSteps(place('win32', mode), VALUES)).toEqual([
      ...always,
      {
        type: 'run',
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

  it('E13: Linux, persistent: environment.d', () => {
    const file = '/home/anna/.config/environment.d/oci-streaming-ha.conf';
    expect(environmentSteps(place('linux', 'persistent'), VALUES)).toEqual([
      ...always,
      {
        type: 'write',
        where: `${file} (from the next login)`,
        file,
        makeDirectory: true,
        text: 'SECONDARY_STREAM_OCID=ocid1.stream.x\nSECONDARY_STREAM_ENDPOINT=https://x\n',
      },
    ]);
  });

  it('E13: macOS, persistent: launchctl', () => {
    expect(environmentSteps(place('darwin', 'persistent'), VALUES).at(-1)).toEqual({
      type: 'run',
      where: "the user's environment (until logout)",
      ways: [
        [
          ['launchctl', 'setenv', 'SECONDARY_STREAM_OCID', 'ocid1.stream.x'],
          ['launchctl', 'setenv', 'SECONDARY_STREAM_ENDPOINT', 'https://x'],
        ],
      ],
    });
  });

  it('E13: elsewhere there is no known way, and that is said', () => {
    expect(environmentSteps(place('freebsd', 'persistent'), VALUES).at(-1)).toEqual({
      type: 'nothing',
      where: "the user's environment",
      because: 'there is no known way on freebsd',
    });
  });

  it('E13: a value that a file cannot hold costs that file only', () => {
    const steps = environmentSteps(place('linux', 'persistent'), { A: '$x' });
    expect(steps.map((step) => step.type)).toEqual(['set', 'write', 'nothing']);
  });
});
