import * as v from 'valibot';

import { HaError } from '../errors.ts';
import { REGION } from './patterns.ts';
import { variablesOf, type Row } from './row.ts';
import { table } from './table.ts';

type Table = typeof table;
type Value<R> = R extends Row<infer T> ? T : never;

/** What the rest of the runtime works with: complete, validated, frozen. Times in ms, sizes in bytes. */
export type Settings = {
  readonly [K in keyof Table]: Value<Table[K]>;
} & {
  /** Region to base URL, where the user named one: a private endpoint, or the emulator. Trusted, unlike a file's. */
  readonly endpoints: Readonly<Record<string, string>>;
};

/** What a program passes: any of the settings, by name. */
export type Options = {
  readonly [K in keyof Table]?: Value<Table[K]> | undefined;
} & {
  readonly endpoints?: Readonly<Record<string, string>> | undefined;
};

/** As given, before validation: flags are text. */
export type Given = Readonly<Record<string, unknown>>;

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const ENDPOINT_PREFIX = 'OCI_STREAMING_ENDPOINT_';

/**
 * Options (or flags) over environment over defaults, validated together. Throws one `CONFIG` error that lists all that
 * is wrong: the setting, the value, where it came from, and what it may be.
 */
export function readSettings(given: Given, environment: Environment): Settings {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(table) as [string, Row<unknown>][]) {
    const { value, source } = pick(name, row, given, environment);
    const parsed = v.safeParse(row.schema, value);
    if (parsed.success) settings[name] = parsed.output;
    else problems.push(`${source} ${shown(value)} ${parsed.issues[0].message}: ${row.range}`);
  }
  settings['endpoints'] = readEndpoints(given['endpoints'], environment, problems);
  for (const name of Object.keys(given)) {
    if (!(name in table) && name !== 'endpoints') problems.push(`option ${name} is unknown`);
  }
  if (problems.length === 0) problems.push(...contradictions(settings as Settings));
  if (problems.length > 0) throw new HaError('CONFIG', problems.join('; '));
  return Object.freeze(settings) as Settings;
}

function pick(
  name: string,
  row: Row<unknown>,
  given: Given,
  environment: Environment,
): { value: unknown; source: string } {
  if (given[name] !== undefined) return { value: given[name], source: `--${row.flag}` };
  for (const variable of variablesOf(row)) {
    const value = environment[variable];
    if (value !== undefined && value !== '') return { value, source: `${variable} in the environment` };
  }
  return { value: row.default, source: `--${row.flag} (default)` };
}

function readEndpoints(given: unknown, environment: Environment, problems: string[]): Record<string, string> {
  const endpoints: Record<string, string> = {};
  const take = (region: string, url: unknown, source: string): void => {
    const parsed = typeof url === 'string' ? URL.parse(url) : null;
    const isAddress = parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.search === '';
    if (isAddress && parsed.username === '' && parsed.password === '') endpoints[region] = parsed.origin;
    else {
      const what = isAddress
        ? 'holds a user name or password; it must be'
        : `${shown(url)} is not an http(s) address`;
      problems.push(`${source} ${what} such as http://127.0.0.1:7101`);
    }
  };
  for (const [name, url] of Object.entries(environment)) {
    if (!name.startsWith(ENDPOINT_PREFIX) || url === undefined || url === '') continue;
    take(
      name.slice(ENDPOINT_PREFIX.length).toLowerCase().replaceAll('_', '-'),
      url,
      `${name} in the environment`,
    );
  }
  for (const [region, url] of Object.entries((given ?? {}) as Record<string, unknown>)) {
    if (REGION.test(region)) take(region, url, `--endpoint ${region}`);
    else problems.push('--endpoint must look like sa-saopaulo-1=https://…: a region, =, an address');
  }
  return endpoints;
}

/** A value that was given, for people: without what may be a password or a token in an address. */
function shown(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'nothing';
  const at = value.lastIndexOf('@');
  const query = value.search(/[?#]/);
  const end = query > at ? query : value.length;
  const text = `${at === -1 ? '' : '…'}${value.slice(Math.max(at, 0), end)}${end < value.length ? '…' : ''}`;
  return JSON.stringify(text);
}

function contradictions(settings: Settings): string[] {
  const found: string[] = [];
  if (settings.primaryRegion === settings.secondaryRegion) {
    found.push(
      `--primary-region and --secondary-region are both ${settings.primaryRegion}: a region cannot stand in for itself`,
    );
  }
  const region = settings.primaryStreamOcid?.split('.')[3];
  // Ashburn and Phoenix carry a key (iad, phx) instead of the name: only a full name can contradict.
  if (region?.includes('-') === true && region !== settings.primaryRegion) {
    found.push(
      `--primary-stream-ocid is of ${region}, --primary-region is ${settings.primaryRegion}: they must be the same`,
    );
  }
  if (settings.baseDelayMs > settings.maxDelayMs) {
    found.push(`--base-delay ${settings.baseDelayMs} is longer than --max-delay ${settings.maxDelayMs}`);
  }
  return found;
}
