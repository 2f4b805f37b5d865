import { join } from 'node:path/posix';

import { HaError } from '../errors.ts';
import type { Settings } from '../settings/index.ts';

/** How a language writes the assignment of one variable. */
interface Dialect {
  readonly assign: (name: string, value: string) => string;
  /** Characters that the language cannot hold, even in quotes. */
  readonly impossible: RegExp;
}

/**
 * One row per language. cmd needs a doubled `%` in a file but not at its prompt, and `"` ends its quotes; systemd
 * replaces `$` even in quotes. No OCID or origin has these characters, so they are refused.
 */
const DIALECTS = {
  sh: {
    assign: (name, value) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
    impossible: /\0/,
  },
  fish: {
    assign: (name, value) => `set -gx ${name} '${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`,
    impossible: /\0/,
  },
  powershell: {
    // PowerShell treats the four typographic single quotes like the plain one.
    assign: (name, value) => `$env:${name} = '${value.replaceAll(/['\u2018-\u201B]/g, '$&$&')}'`,
    impossible: /\0/,
  },
  cmd: {
    assign: (name, value) => `set "${name}=${value}"`,
    impossible: /[\0\r\n"%!]/,
  },
  'environment.d': {
    assign: (name, value) => `${name}=${value}`,
    impossible: /[^\w.:/@+-]/,
  },
} as const satisfies Record<string, Dialect>;

/** `environment.d` is not a shell but the format of the files that systemd reads at login. */
export type EnvironmentLanguage = keyof typeof DIALECTS;
export type Shell = Exclude<EnvironmentLanguage, 'environment.d'>;

/** Variable names to values. */
export type EnvironmentValues = Readonly<Record<string, string>>;

/**
 * One assignment per value, quoted so that the shell takes it literally. Throws `CONFIG` for an invalid name, and for a
 * value that the language cannot hold.
 */
export function environmentLines(language: EnvironmentLanguage, values: EnvironmentValues): string[] {
  const dialect: Dialect = DIALECTS[language];
  return Object.entries(values).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new HaError('CONFIG', 'not the name of a variable: letters, digits and _');
    if (dialect.impossible.test(value)) {
      throw new HaError(
        'CONFIG',
        `${name} holds a character that ${language} cannot hold; take it out, or use sh`,
      );
    }
    return dialect.assign(name, value);
  });
}

/** A program and its arguments, run without a shell. */
export type Command = readonly [program: string, ...args: string[]];

/** One step of the export. `where` tells people where the values are set. */
export type EnvironmentStep =
  | { readonly type: 'set'; readonly where: string }
  /** A file that only this user can read. `makeDirectory`: its directory is created too. */
  | {
      readonly type: 'write';
      readonly where: string;
      readonly file: string;
      readonly text: string;
      readonly makeDirectory: boolean;
    }
  /** The first of several ways whose commands all succeed. The values are in the environment of the commands, too. */
  | { readonly type: 'run'; readonly where: string; readonly ways: readonly (readonly Command[])[] }
  | { readonly type: 'nothing'; readonly where: string; readonly because: string };

export interface EnvironmentPlace {
  readonly platform: NodeJS.Platform;
  /** `auto`: persistent on Windows only, where users expect it. */
  readonly mode: Settings['exportEnvironment'];
  /** The record; the file to source is beside it. */
  readonly recordFile: string;
  /** `$XDG_CONFIG_HOME`, or `~/.config`. */
  readonly configHome: string;
}

/**
 * The steps of an export on this platform: this process, a file to source, and the user's persistent environment if it
 * is asked for.
 */
export function environmentSteps(place: EnvironmentPlace, values: EnvironmentValues): EnvironmentStep[] {
  const { platform, mode, recordFile } = place;
  const file = `${recordFile}.env`;
  const steps: EnvironmentStep[] = [
    { type: 'set', where: 'this process' },
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
      // PowerShell reads the values from its own environment, so they need no quotes. setx cuts values off after 1,024
      // characters.
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
      return [{ type: 'run', where: "the user's environment (new windows)", ways: [[powershell], setx] }];
    }
    case 'darwin': {
      const setenv = names.map((name): Command => ['launchctl', 'setenv', name, values[name] ?? '']);
      return [{ type: 'run', where: "the user's environment (until logout)", ways: [setenv] }];
    }
    case 'linux': {
      const file = join(configHome, 'environment.d', 'oci-streaming-ha.conf');
      return [
        write({ file, where: `${file} (from the next login)`, makeDirectory: true }, 'environment.d', values),
      ];
    }
    default:
      return [
        { type: 'nothing', where: "the user's environment", because: `there is no known way on ${platform}` },
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
    return { type: 'write', ...target, text: lines.map((line) => `${line}\n`).join('') };
  } catch (error) {
    return { type: 'nothing', where: target.where, because: (error as Error).message };
  }
}
