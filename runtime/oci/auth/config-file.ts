import { homedir } from 'node:os';
import { join } from 'node:path';

import { HaError } from '../../errors.ts';
import type { Environment } from '../../settings/index.ts';
import { whyUnreadable } from '../../small-file.ts';
import { exposureWarnings, readText } from './key-files.ts';

/**
 * What each field of a profile looks like, and the variable of the `oci` command line tool that stands in for it. Most people
 * who cannot sign copied one of them wrongly.
 */
const FIELDS = {
  user: { variable: 'OCI_CLI_USER', looks: /^ocid1\.user\./, like: 'ocid1.user.…' },
  tenancy: { variable: 'OCI_CLI_TENANCY', looks: /^ocid1\.tenancy\./, like: 'ocid1.tenancy.…' },
  fingerprint: {
    variable: 'OCI_CLI_FINGERPRINT',
    looks: /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/i,
    like: '16 hex pairs such as 20:3b:…',
  },
  key_file: { variable: 'OCI_CLI_KEY_FILE', looks: /./, like: 'the path of a PEM file' },
  key_content: { variable: 'OCI_CLI_KEY_CONTENT', looks: /./, like: 'a private key in PEM form' },
  pass_phrase: { variable: 'OCI_CLI_PASSPHRASE', looks: /./, like: 'the pass phrase of the key' },
  security_token_file: {
    variable: 'OCI_CLI_SECURITY_TOKEN_FILE',
    looks: /./,
    like: 'the path of a token file',
  },
} as const;

export type Field = keyof typeof FIELDS;

/** One profile of an OCI configuration file, with what the environment says in its place. */
export interface Profile {
  readonly name: string;
  /** For people: `profile DEFAULT in /home/me/.oci/config`. */
  readonly title: string;
  /** The same for the beginning of an error: `/home/me/.oci/config, profile DEFAULT`. */
  readonly where: string;
  /** The environment, else the profile, else the profile DEFAULT. Undefined for what is absent or empty. */
  get(key: string): string | undefined;
  /** For people: the name of a field, or of the variable that stands in for it. */
  source(field: Field): string;
  /** The profile is one that `oci session authenticate` wrote. */
  readonly isSession: boolean;
  /** What the profile says of how to sign: `instance_principal`, for example. */
  readonly authenticationType: string | undefined;
  /** What a person should know although it works. */
  readonly warnings: readonly string[];
}

interface Section {
  readonly entries: Map<string, string>;
  /** Numbers of the lines that are neither an entry nor a comment. */
  readonly malformed: number[];
}

/**
 * Reads a profile of `path` (`~/.oci/config` when undefined; `~` is expanded). The file need not exist when the environment
 * names tenancy and key.
 * @throws HaError `CONFIG`
 */
export function readProfile(path: string | undefined, name: string, environment: Environment): Profile {
  const inEnvironment = (field: Field): string | undefined => nonEmpty(environment[FIELDS[field].variable]);
  const standsAlone =
    inEnvironment('tenancy') !== undefined &&
    (inEnvironment('key_file') ?? inEnvironment('key_content')) !== undefined;
  const file = expandHome(path ?? '~/.oci/config');
  const text = readConfig(file, path === undefined && standsAlone);
  const sections = parseConfig(text ?? '');
  const own = text === undefined ? EMPTY : ownSection(sections, file, name);
  const [title, where] =
    text === undefined
      ? ['the variables OCI_CLI_…', 'the variables OCI_CLI_…']
      : [`profile ${name} in ${file}`, `${file}, profile ${name}`];
  const inProfile = (key: string): string | undefined =>
    nonEmpty(own.entries.get(key)) ?? nonEmpty(sections.get('DEFAULT')?.entries.get(key));
  const valueOf = (key: string): string | undefined =>
    (key in FIELDS ? inEnvironment(key as Field) : undefined) ?? inProfile(key);
  const authenticationType = nonEmpty(own.entries.get('authentication_type'));
  return {
    name,
    title,
    where,
    get: valueOf,
    source: (field) =>
      inEnvironment(field) === undefined ? field : `${FIELDS[field].variable} in the environment`,
    authenticationType,
    isSession:
      inEnvironment('user') === undefined &&
      (authenticationType === 'security_token' ||
        (own.entries.has('security_token_file') && !own.entries.has('user'))),
    warnings: text === undefined ? [] : exposureWarnings(file, environment),
  };
}

const EMPTY: Section = { entries: new Map(), malformed: [] };

function ownSection(sections: ReadonlyMap<string, Section>, file: string, name: string): Section {
  const own = sections.get(name);
  if (own === undefined) {
    const known = sections.size === 0 ? 'it has none' : `it has ${[...sections.keys()].join(', ')}`;
    throw new HaError('CONFIG', `${file}: there is no profile ${name} (${known}); choose one (\`profile\`)`);
  }
  const [line] = own.malformed;
  if (line === undefined) return own;
  // The line itself is not repeated: it may be half of a pass phrase.
  throw new HaError(
    'CONFIG',
    `${file}, profile ${name}, line ${line}: neither [PROFILE], "key = value" nor a comment; correct the line, or put # before it`,
  );
}

/**
 * What the readers of Oracle's own tools read, the Python one (configparser) and that of oci-common (2.139.1): sections, also
 * with a comment behind them; `key = value` and `key: value`; lines that begin with `#` or `;`; keys in any case; no quotes;
 * the last of two equal keys. Ours, because those print to the console, or repeat whole lines in their errors.
 */
function parseConfig(text: string): Map<string, Section> {
  const sections = new Map<string, Section>();
  // Lines before the first section, or behind a header that cannot be read, belong to no profile.
  let current: Section | undefined;
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) {
      const name = /^\[([^\]]*)\]\s*([#;].*)?$/.exec(line)?.[1]?.trim() ?? '';
      current = name === '' ? undefined : (sections.get(name) ?? { entries: new Map(), malformed: [] });
      if (current !== undefined) sections.set(name, current);
      continue;
    }
    const [, key, value] = /^([^=:]*[^=:\s])\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) current?.malformed.push(index + 1);
    else current?.entries.set(key.toLowerCase(), value);
  }
  return sections;
}

function readConfig(file: string, mayBeAbsent: boolean): string | undefined {
  try {
    return readText(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && mayBeAbsent) return undefined;
    throw new HaError(
      'CONFIG',
      `OCI configuration ${file}: ${whyUnreadable(cause)}; name one with \`configFile\` or OCI_CONFIG_FILE, or make one with \`oci setup config\``,
      { cause },
    );
  }
}

/** The wanted fields, or one `CONFIG` error that names all that are missing or malformed. Values are not repeated. */
export function requireFields<const F extends Field>(
  profile: Profile,
  wanted: readonly F[],
): Record<F, string> {
  const found = {} as Record<F, string>;
  const problems: string[] = [];
  for (const field of wanted) {
    const value = profile.get(field);
    const { looks, like } = FIELDS[field];
    if (value === undefined) problems.push(`${field} is missing (${like})`);
    else if (!looks.test(value)) problems.push(`${profile.source(field)} does not look like ${like}`);
    else found[field] = value;
  }
  if (problems.length > 0) {
    const remedy = 'correct the file, or make it anew with `oci setup config`';
    throw new HaError('CONFIG', `${profile.where}: ${problems.join('; ')}; ${remedy}`);
  }
  return found;
}

/** `~/x` in the home of this user, as all of Oracle's clients read it. */
export function expandHome(path: string): string {
  return /^~[/\\]/.test(path) ? join(homedir(), path.slice(2)) : path;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
