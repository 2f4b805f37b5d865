import { HaError } from '../errors.ts';

/** How one `NAME=value` is written where environment variables are set. */
interface Dialect {
  readonly assign: (name: string, value: string) => string;
  /** What cannot be written in it, whatever the quotes. */
  readonly impossible: RegExp;
}

/**
 * One row a language. A `%` is doubled in a file of cmd but not at its prompt, a `"` ends its quotes; systemd replaces
 * `$` after it has removed quotes. None of these occurs in an OCID or an origin: refused, rather than half supported.
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
    // PowerShell takes the four typographic single quotes for the plain one.
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

/** `environment.d` is no shell but the files that systemd reads at login. */
export type EnvironmentLanguage = keyof typeof DIALECTS;
export type Shell = Exclude<EnvironmentLanguage, 'environment.d'>;

/** Names to values. */
export type EnvironmentValues = Readonly<Record<string, string>>;

/**
 * The assignments that make a shell export `values`, one an entry, quoted so that it takes them literally. Throws `CONFIG`
 * for a name that is none, and for a value that the language cannot hold.
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
