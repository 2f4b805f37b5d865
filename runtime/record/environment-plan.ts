import { join } from 'node:path/posix';

import type { Settings } from '../settings/index.ts';
import { environmentLines, type EnvironmentLanguage, type EnvironmentValues } from './environment-lines.ts';

/** A program and its arguments; never a line for a shell. */
export type Command = readonly [program: string, ...args: string[]];

/** One thing to do. `where` is for people: where the values will be found. */
export type EnvironmentStep =
  | { readonly do: 'set'; readonly where: string }
  /** For this user's eyes only; where `makeDirectory` is true, the directory is made too. */
  | {
      readonly do: 'write';
      readonly where: string;
      readonly file: string;
      readonly text: string;
      readonly makeDirectory: boolean;
    }
  /** The first way whose commands all succeed; the values are in the commands' environment too. */
  | { readonly do: 'run'; readonly where: string; readonly ways: readonly (readonly Command[])[] }
  | { readonly do: 'nothing'; readonly where: string; readonly because: string };

export interface EnvironmentPlace {
  readonly platform: NodeJS.Platform;
  /** `auto`: persistent on Windows only, where users expect it. */
  readonly mode: Settings['exportEnvironment'];
  /** The record, beside which the file to source stands. */
  readonly recordFile: string;
  /** `$XDG_CONFIG_HOME`, or `~/.config`. */
  readonly configHome: string;
}

/** What exporting takes here: this process, a file to source, and the user's persistent environment where that is asked for. */
export function environmentSteps(place: EnvironmentPlace, values: EnvironmentValues): EnvironmentStep[] {
  const { platform, mode, recordFile } = place;
  const file = `${recordFile}.env`;
  const steps: EnvironmentStep[] = [
    { do: 'set', where: 'this process' },
    write({ file, where: file, makeDirectory: false }, 'sh', values),
  ];
  const persistent = mode === 'persistent' || (mode === 'auto' && platform === 'win32');
  return persistent ? [...steps, ...persistentSteps(place, values)] : steps;
}

function persistentSteps(
  { platform, configHome }: EnvironmentPlace,
  values: EnvironmentValues,
): EnvironmentStep[] {
  const names = Object.keys(values);
  switch (platform) {
    case 'win32': {
      // PowerShell takes the values from its own environment: nothing to quote. setx cuts off after 1,024 characters.
      const script = names.map(
        (name) => `[Environment]::SetEnvironmentVariable('${name}', $env:${name}, 'User')`,
      );
      const powershell: Command = [
        'powershell.exe',
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        script.join('; '),
      ];
      const setx = names.map((name): Command => ['setx.exe', name, values[name] ?? '']);
      return [{ do: 'run', where: "the user's environment (new windows)", ways: [[powershell], setx] }];
    }
    case 'darwin': {
      const setenv = names.map((name): Command => ['launchctl', 'setenv', name, values[name] ?? '']);
      return [{ do: 'run', where: "the user's environment (until logout)", ways: [setenv] }];
    }
    case 'linux': {
      const file = join(configHome, 'environment.d', 'oci-streaming-ha.conf');
      return [
        write({ file, where: `${file} (from the next login)`, makeDirectory: true }, 'environment.d', values),
      ];
    }
    default:
      return [
        { do: 'nothing', where: "the user's environment", because: `there is no known way on ${platform}` },
      ];
  }
}

function write(
  target: { file: string; where: string; makeDirectory: boolean },
  language: EnvironmentLanguage,
  values: EnvironmentValues,
): EnvironmentStep {
  try {
    const lines = environmentLines(language, values);
    return { do: 'write', ...target, text: lines.map((line) => `${line}\n`).join('') };
  } catch (error) {
    return { do: 'nothing', where: target.where, because: (error as Error).message };
  }
}
