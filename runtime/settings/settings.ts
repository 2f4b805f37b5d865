import * as v from 'valibot';

import { HaError } from '../errors.ts';
import { connectionSettings } from './connection.ts';
import { consumerSettings, type ConsumerOptions } from './consumer.ts';
import { isRegionOfKnownCity, nearestName, REGION_NAMES } from './known-names.ts';
import { producerSettings, type ProducerOptions } from './producer.ts';
import { retryAndTimeoutSettings } from './retries-and-timeouts.ts';
import { flagOf, REGION, variablesOf, type Row } from './row.ts';

const commonSettings = { ...connectionSettings, ...retryAndTimeoutSettings };

/** Every setting. Options and flags come first, then the environment, then these defaults. */
export const table = Object.freeze({ ...commonSettings, ...producerSettings, ...consumerSettings });

type Table = typeof table;
type Value<R> = R extends Row<infer T> ? T : never;

/** The name of a setting: its option has it, its flag is made of it. */
export type SettingName = keyof Table;

/** Which settings mean something to whom. */
export const SETTINGS_OF = Object.freeze({
  producer: namesIn({ ...commonSettings, ...producerSettings }),
  consumer: namesIn({ ...commonSettings, ...consumerSettings }),
});

/** What the rest of the runtime works with: complete, validated, frozen. Times in ms, sizes in bytes. */
export type Settings = {
  readonly [K in SettingName]: Value<Table[K]>;
} & {
  /** Region to base URL, where the user named one: a private endpoint, or the emulator. Trusted, unlike a file's. */
  readonly endpoints: Readonly<Record<string, string>>;
};

/** All options there are. */
export type Options = ProducerOptions & ConsumerOptions;

/**
 * Options without a name that is not among the known ones: what is misspelt does not compile, in a variable either. `Known` in
 * it lets an editor show the comment of each option.
 */
export type Exact<O, Known> = Known & O & { readonly [K in Exclude<keyof O, keyof Known>]: never };

/** As given, before validation: flags are text, and JavaScript passes anything. */
export type Given = Readonly<Record<string, unknown>>;

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** For whom settings are read: errors name options or flags, and a program of its own has other defaults than the command line. */
export interface SettingsReader {
  readonly caller: 'library' | 'command-line';
  /** What the options are given to; another one's options are refused. Undefined: all are taken. */
  readonly handle?: keyof typeof SETTINGS_OF | undefined;
}

/** The command line's reader. */
export const COMMAND_LINE: SettingsReader = { caller: 'command-line' };

const ENDPOINT_PREFIX = 'OCI_STREAMING_ENDPOINT_';

/**
 * Options (or flags) over environment over defaults, validated together. Throws one `CONFIG` error that lists all that
 * is wrong: the setting, the value, where it came from, and what it may be.
 */
export function readSettings(
  given: Given | Options,
  environment: Environment,
  reader: SettingsReader = { caller: 'library' },
): Settings {
  if (!isRecord(given)) {
    throw new HaError('CONFIG', `the options are ${shown(given)}: give an object, or leave them out`);
  }
  const values: Given = { ...given };
  const problems = unknownOptions(values, reader);
  const settings: Record<string, unknown> = {};
  const labels: Record<string, string> = {};
  for (const [name, row] of Object.entries(table) as [SettingName, Row<unknown>][]) {
    const { raw, value, label, isText } = pick(name, values, environment, reader);
    const parsed = v.safeParse(row.schema, value);
    labels[name] = label;
    if (parsed.success) settings[name] = parsed.output;
    else {
      // As it was typed, in quotes where it could not be read.
      const words = typeof raw === 'string' && typeof value !== 'string' ? raw : shown(raw);
      const nearest = typeof value === 'string' ? nearestName(value.trim(), row.known ?? []) : undefined;
      const range = isText ? row.textRange : row.range;
      const remedy = nearest === undefined ? range : `did you mean ${nearest}?`;
      problems.push(`${label} ${words} ${parsed.issues[0].message}: ${remedy}`);
    }
  }
  settings['endpoints'] = readEndpoints(values['endpoints'], environment, reader, problems);
  if (problems.length === 0) problems.push(...contradictions(settings as Settings, labels, reader));
  if (problems.length > 0) throw new HaError('CONFIG', problems.join('; '));
  return Object.freeze(settings) as Settings;
}

/** A setting of the command line as it is in force, and where it came from. */
export interface Explained {
  readonly name: SettingName;
  readonly flag: string;
  readonly env: string | undefined;
  readonly value: unknown;
  readonly source: 'flag' | 'environment' | 'default' | 'unset';
}

/** Every setting with its source, for the command line. @throws HaError as `readSettings`. */
export function explainSettings(given: Given, environment: Environment): Explained[] {
  const settings = readSettings(given, environment, COMMAND_LINE);
  return namesIn(table).map((name) => {
    const { raw, from } = pick(name, given, environment, COMMAND_LINE);
    const source = from === 'given' ? 'flag' : raw === undefined ? 'unset' : from;
    const [env] = variablesOf(table[name]);
    return { name, flag: `--${flagOf(name)}`, env, value: settings[name], source };
  });
}

/** Errors and events name options in backticks, as a program knows them: here as flags, for the command line. */
export function optionsAsFlags(text: string): string {
  return text.replaceAll(/`([a-zA-Z]+)`/g, (whole, name: string) =>
    Object.hasOwn(table, name) ? `--${flagOf(name)}` : whole,
  );
}

function namesIn<T extends object>(rows: T): readonly (keyof T)[] {
  return Object.keys(rows) as (keyof T)[];
}

interface Picked {
  /** As it was given. */
  readonly raw: unknown;
  /** With text read as the setting is written. */
  readonly value: unknown;
  /** What errors call it. */
  readonly label: string;
  readonly isText: boolean;
  readonly from: 'given' | 'environment' | 'default';
}

function pick(name: SettingName, given: Given, environment: Environment, { caller }: SettingsReader): Picked {
  const row: Row<unknown> = table[name];
  const isFlag = caller === 'command-line';
  const label = isFlag ? `--${flagOf(name)}` : name;
  const readText = (raw: unknown): unknown => (typeof raw === 'string' ? row.fromText(raw.trim()) : raw);
  const raw = given[name];
  if (raw !== undefined) {
    return { raw, value: isFlag ? readText(raw) : raw, label, isText: isFlag, from: 'given' };
  }
  for (const variable of variablesOf(row)) {
    const text = environment[variable];
    if (!isSet(text)) continue;
    return {
      raw: text,
      value: readText(text),
      label: `${variable} in the environment`,
      isText: true,
      from: 'environment',
    };
  }
  const value = isFlag ? (row.commandLineDefault ?? row.default) : row.default;
  return { raw: value, value, label, isText: isFlag, from: 'default' };
}

/** Whether a variable of the environment says something: an empty one, or one of spaces only, counts as unset. */
export function isSet(variable: string | undefined): variable is string {
  return variable !== undefined && variable.trim() !== '';
}

function isRecord(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Options that do not exist, or that belong to another handle. */
function unknownOptions(given: Given, { handle }: SettingsReader): string[] {
  const other = handle === 'producer' ? 'consumer' : 'producer';
  const taken: readonly string[] = handle === undefined ? Object.keys(table) : SETTINGS_OF[handle];
  return Object.keys(given).flatMap((name) => {
    if (name === 'endpoints' || taken.includes(name)) return [];
    if (Object.hasOwn(table, name)) return [`option ${name} is for a ${other}, not for a ${handle}`];
    const nearest = nearestName(name, [...taken, 'endpoints']);
    return [`option ${name} is unknown${nearest === undefined ? '' : `: did you mean ${nearest}?`}`];
  });
}

function readEndpoints(
  given: unknown,
  environment: Environment,
  { caller }: SettingsReader,
  problems: string[],
): Record<string, string> {
  const endpoints: Record<string, string> = {};
  const isFlag = caller === 'command-line';
  const take = (region: string, url: unknown, source: string): void => {
    const address = typeof url === 'string' ? URL.parse(url) : null;
    const what =
      address === null || !/^https?:$/.test(address.protocol)
        ? `${shown(url)} is not an http(s) address`
        : surplusOf(address);
    if (address !== null && what === undefined) endpoints[region] = address.origin;
    else problems.push(`${source} ${what} such as http://127.0.0.1:7101`);
  };
  for (const [name, url] of Object.entries(environment)) {
    if (!name.startsWith(ENDPOINT_PREFIX) || !isSet(url)) continue;
    take(
      name.slice(ENDPOINT_PREFIX.length).toLowerCase().replaceAll('_', '-'),
      url,
      `${name} in the environment`,
    );
  }
  const mustLookLike = isFlag
    ? '--endpoint must look like sa-saopaulo-1=https://…: a region, =, an address'
    : "endpoints must look like { 'sa-saopaulo-1': 'https://…' }: regions and their addresses";
  if (given !== undefined && !isRecord(given)) problems.push(mustLookLike);
  for (const [region, url] of Object.entries(isRecord(given) ? given : {})) {
    if (REGION.test(region)) take(region, url, isFlag ? `--endpoint ${region}` : `endpoints['${region}']`);
    else problems.push(mustLookLike);
  }
  return endpoints;
}

/**
 * @throws HaError `CONFIG` for an endpoint of neither region, given as an option or a flag: a mistyped region would send to OCI
 * what is meant for that endpoint. The environment may hold those of other programs.
 */
export function assertEndpointsUsed(given: Given, settings: Settings, { caller }: SettingsReader): void {
  const { primaryRegion, secondaryRegion } = settings;
  const { endpoints } = given;
  for (const region of Object.keys(isRecord(endpoints) ? endpoints : {})) {
    if (region === primaryRegion || region === secondaryRegion) continue;
    const label = caller === 'command-line' ? `--endpoint ${region}` : `endpoints['${region}']`;
    const nearest = nearestName(region, [primaryRegion, secondaryRegion]);
    const question = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    throw new HaError(
      'CONFIG',
      `${label} is of neither region: the primary is ${primaryRegion}, the secondary ${secondaryRegion}.${question}`,
    );
  }
}

/** What an address has beside its origin, which is all that is used of it. */
function surplusOf({ username, password, pathname, search, hash }: URL): string | undefined {
  if (username !== '' || password !== '') return 'holds a user name or password; it must be';
  if (pathname !== '/' || search !== '' || hash !== '')
    return 'has more than scheme, host and port; it must be';
  return undefined;
}

/**
 * A value that was given, for people: without what may be a password or a token in an address, and without what is in an
 * array or an object.
 */
function shown(value: unknown): string {
  if (typeof value === 'function') return 'function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[…]' : '{…}';
  if (typeof value !== 'string') return String(value);
  const at = value.lastIndexOf('@');
  const query = value.search(/[?#]/);
  const end = query > at ? query : value.length;
  const text = `${at === -1 ? '' : '…'}${value.slice(Math.max(at, 0), end)}${end < value.length ? '…' : ''}`;
  return JSON.stringify(text);
}

function contradictions(
  settings: Settings,
  labels: Readonly<Record<string, string>>,
  { caller }: SettingsReader,
): string[] {
  const found: string[] = [];
  for (const name of ['primaryRegion', 'secondaryRegion'] as const) {
    const region = settings[name];
    if (settings.endpoints[region] !== undefined || isRegionOfKnownCity(region)) continue;
    const nearest = nearestName(region, REGION_NAMES);
    const question = nearest === undefined ? '' : `: did you mean ${nearest}?`;
    const remedy = caller === 'command-line' ? `--endpoint ${region}=https://…` : 'endpoints';
    found.push(
      `${labels[name]} ${region} is no known region${question} (a region that is newer than this version: name its endpoint with ${remedy})`,
    );
  }
  if (settings.primaryRegion === settings.secondaryRegion) {
    found.push(
      `${labels['primaryRegion']} and ${labels['secondaryRegion']} are both ${settings.primaryRegion}: a region cannot stand in for itself`,
    );
  }
  const region = settings.primaryStreamOcid?.split('.')[3];
  // Ashburn and Phoenix carry a key (iad, phx) instead of the name: only a full name can contradict.
  if (region?.includes('-') === true && region !== settings.primaryRegion) {
    found.push(
      `${labels['primaryStreamOcid']} is of ${region}, ${labels['primaryRegion']} is ${settings.primaryRegion}: they must be the same`,
    );
  }
  if (settings.deadLetters !== undefined && settings.deadLetters === settings.fromDeadLetters) {
    found.push(
      `${labels['deadLetters']} and ${labels['fromDeadLetters']} are both ${settings.deadLetters}: a message that fails again would be read again for ever`,
    );
  }
  const { deadLetters } = settings;
  for (const name of ['streamName', 'secondaryStreamName'] as const) {
    if (settings.fromDeadLetters !== undefined || deadLetters !== settings[name]) continue;
    found.push(
      `${labels['deadLetters']} ${deadLetters} is a stream that messages are read from (${labels[name]}): a message that fails would be read again for ever`,
    );
  }
  if (settings.dedupeDirectory !== undefined && !settings.envelope) {
    found.push(
      `${labels['dedupeDirectory']} needs ${labels['envelope']}: only messages in envelopes have ids`,
    );
  }
  if (settings.acknowledge === 'disk' && settings.outbox !== 'always') {
    found.push(`${labels['acknowledge']} disk needs ${labels['outbox']} always; it is ${settings.outbox}`);
  }
  if (settings.outboxDirectory !== undefined && settings.outbox === 'off') {
    found.push(
      `${labels['outboxDirectory']} needs ${labels['outbox']} outage or always; it is off, so nothing would be kept there`,
    );
  }
  if (settings.baseDelayMs > settings.maxDelayMs) {
    found.push(
      `${labels['baseDelayMs']} ${settings.baseDelayMs} is longer than ${labels['maxDelayMs']} ${settings.maxDelayMs}`,
    );
  }
  return found;
}
