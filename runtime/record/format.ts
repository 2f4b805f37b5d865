import {
  checkStream,
  decodeText,
  endpointVariable,
  partsOfStreamOcid,
  realmOfOcid,
  recordedRole,
  type StreamRef,
} from '../core/index.ts';
import { HaError } from '../errors.ts';
import { parseProperties, renderProperties, type PropertyLine } from './properties.ts';

// The meaning of stream.properties, without I/O. infra/ imports this file too, because the stack and the runtime must
// agree.

/** The keys of `stream.properties`. The first two are environment variables too, and other programs read them. */
export const KEYS = Object.freeze({
  ocid: 'SECONDARY_STREAM_OCID',
  endpoint: 'SECONDARY_STREAM_ENDPOINT',
  activeRegion: 'ACTIVE_REGION',
  activeSince: 'ACTIVE_SINCE',
});

type RecordKey = (typeof KEYS)[keyof typeof KEYS];

/** The longest record file that is read, in bytes. A record of ours has about 300. */
export const MAX_RECORD_BYTES = 64 * 1024;

/** A value, and where it was found: `stream.properties:2`, `environment`. */
export interface FoundValue {
  readonly value: string;
  readonly where: string;
}

/** The secondary that a file or the environment names; not checked yet. */
export interface NamedSecondary {
  readonly ocid: FoundValue | undefined;
  readonly endpoint: FoundValue | undefined;
}

/** The content of a record; not checked yet. */
export interface WrittenRecord extends NamedSecondary {
  readonly activeRegion: FoundValue | undefined;
  readonly activeSince: FoundValue | undefined;
}

/** The content of a record, checked. */
export interface StreamRecord {
  readonly secondary: StreamRef | undefined;
  /** Undefined in a file of the Java program: then its secondary, if there is one, is active. */
  readonly activeRegion: string | undefined;
  /** When `activeRegion` became active: ISO 8601. */
  readonly activeSince: string | undefined;
}

export const NOTHING_RECORDED: StreamRecord = Object.freeze({
  secondary: undefined,
  activeRegion: undefined,
  activeSince: undefined,
});

/** What a secondary is checked against. */
export interface SecondaryTrust {
  /** The region that the secondary must be of; undefined: the one in its OCID. */
  readonly secondaryRegion: string | undefined;
  /** The endpoints that the user's own settings name, by region. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Either of these tells the realm that the secondary must be of. */
  readonly compartmentId?: string | undefined;
  readonly primaryStreamOcid?: string | undefined;
}

/** The settings against which a record is checked. */
export interface RecordTrust extends SecondaryTrust {
  readonly primaryRegion: string;
  readonly secondaryRegion: string;
}

/** The first line, exactly as the Java program writes it with `Properties.store`. */
const HEADER = '#Secondary stream info (OCID + endpoint)';
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/;

/** The text of a properties file. Throws `CONFIG` when the encoding cannot be read. */
export function textOfProperties(bytes: Uint8Array, file: string): string {
  const decoded = decodeText(bytes, 'latin1');
  if (decoded.type === 'text') return decoded.text;
  throw new HaError('CONFIG', `${file} ${decoded.problem}, or name another file (\`recordFile\`)`);
}

/** Parses what `textOfProperties` returned. Throws `CONFIG`, with file and line, where Java would throw. */
export function parseRecord(text: string, file: string): WrittenRecord {
  const found = valuesOf(text, file, Object.values(KEYS));
  return {
    ocid: found.get(KEYS.ocid),
    endpoint: found.get(KEYS.endpoint),
    activeRegion: found.get(KEYS.activeRegion),
    activeSince: found.get(KEYS.activeSince),
  };
}

/**
 * The values of these keys in a properties file; an empty value counts as none. Throws `CONFIG`, with file and line.
 */
export function valuesOf(
  text: string,
  file: string,
  keys: readonly string[],
): ReadonlyMap<string, FoundValue> {
  const found = new Map<string, FoundValue>();
  for (const line of parseProperties(text)) {
    const where = `${file}:${line.line}`;
    if (line.type === 'broken') {
      throw new HaError('CONFIG', `${where}: this line ${line.problem}; correct or remove it`);
    }
    if (line.type !== 'property') continue;
    // With a second byte order mark, or a space outside ASCII, the key looks right but would not be found.
    const visible = line.key.replaceAll(/[^\x21-\x7e]/g, '');
    if (visible !== line.key && keys.includes(visible)) {
      throw new HaError('CONFIG', `${where}: there are invisible characters at ${visible}; remove them`);
    }
    const value = line.value.trim();
    if (value === '') found.delete(line.key);
    else found.set(line.key, { value, where });
  }
  return found;
}

/** The secondary in the environment, not checked yet. An empty variable counts as unset. */
export function namedInEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): NamedSecondary {
  const named = (name: string): FoundValue | undefined => {
    const value = environment[name]?.trim() ?? '';
    return value === '' ? undefined : { value, where: 'environment' };
  };
  return { ocid: named(KEYS.ocid), endpoint: named(KEYS.endpoint) };
}

/** The endpoints that `OCI_STREAMING_ENDPOINT_<REGION>` sets for these regions. */
export function endpointsNamedFor(
  regions: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const named = regions.map((region) => [region, environment[endpointVariable(region)] ?? ''] as const);
  return Object.fromEntries(named.filter(([, endpoint]) => endpoint !== ''));
}

/** Checks a record. Throws `CONFIG`, with file and line, for a value that must not be used. */
export function checkRecord(
  written: WrittenRecord,
  trust: RecordTrust,
): { record: StreamRecord; warnings: readonly string[] } {
  const { secondary, warnings } = checkSecondary(written, trust);
  const { activeRegion, activeSince } = written;
  const regions = [trust.primaryRegion, trust.secondaryRegion];
  if (activeRegion !== undefined && !regions.includes(activeRegion.value)) {
    const problem = `${KEYS.activeRegion} is neither ${regions.join(' nor ')}`;
    throw new HaError('CONFIG', `${activeRegion.where}: ${problem}; correct or remove it`);
  }
  // An OCID without an endpoint, or the reverse, has its warning already.
  const namesNone = written.ocid === undefined && written.endpoint === undefined;
  const unusable =
    activeRegion?.value === trust.secondaryRegion && namesNone
      ? [
          `${activeRegion.where}: ${KEYS.activeRegion} names ${activeRegion.value}, and no stream there is named: add ${KEYS.ocid} and ${KEYS.endpoint}; it is ignored`,
        ]
      : [];
  const since = activeSince !== undefined && isTime(activeSince.value) ? activeSince : undefined;
  const ignored =
    since === activeSince
      ? []
      : [`${activeSince?.where}: ${KEYS.activeSince} is not a time, so it is ignored; correct or remove it`];
  return {
    record: { secondary, activeRegion: activeRegion?.value, activeSince: since?.value },
    warnings: [...warnings, ...unusable, ...ignored],
  };
}

/** The region that a record makes active; undefined when it says nothing of it. */
export function activeRegionOf(
  record: StreamRecord,
  { primaryRegion, secondaryRegion }: Pick<RecordTrust, 'primaryRegion' | 'secondaryRegion'>,
): string | undefined {
  const role = recordedRole(record, primaryRegion);
  if (role === undefined) return undefined;
  return role === 'primary' ? primaryRegion : secondaryRegion;
}

export function isTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text));
}

/**
 * The secondary, if it may be used. If only one of the two values is there, there is none, and a warning names the
 * other. Throws `CONFIG`, with place and remedy, when the OCID is not that of a stream in the secondary region, or when
 * signed requests must not go to the endpoint (core/stream-address.ts).
 */
export function checkSecondary(
  { ocid, endpoint }: NamedSecondary,
  trust: SecondaryTrust,
): { secondary: StreamRef | undefined; warnings: readonly string[] } {
  if (ocid !== undefined && endpoint !== undefined) {
    return { secondary: checkPair(ocid, endpoint, trust), warnings: [] };
  }
  if (ocid !== undefined) return { secondary: undefined, warnings: [half(ocid, KEYS.ocid, KEYS.endpoint)] };
  if (endpoint === undefined) return { secondary: undefined, warnings: [] };
  return { secondary: undefined, warnings: [half(endpoint, KEYS.endpoint, KEYS.ocid)] };
}

/**
 * A secondary that the calling program states, so its endpoint is trusted. Throws `CONFIG` when the arguments are not
 * the OCID of a stream and an http(s) origin; `where` is the name of the function in that message.
 */
export function statedSecondary(ocid: string, endpoint: string, where: string): StreamRef {
  const region = partsOfStreamOcid(ocid)?.region;
  const endpoints = region === undefined ? {} : { [region]: endpoint };
  return checkPair(
    { value: ocid, where },
    { value: endpoint, where },
    { secondaryRegion: region, endpoints },
  );
}

function checkPair(ocid: FoundValue, endpoint: FoundValue, trust: SecondaryTrust): StreamRef {
  const { secondaryRegion, endpoints, compartmentId, primaryStreamOcid } = trust;
  // If no region is expected, only the form of the OCID is checked.
  const region = secondaryRegion ?? partsOfStreamOcid(ocid.value)?.region ?? '';
  const realm = realmOfOcid(compartmentId) ?? realmOfOcid(primaryStreamOcid);
  const checked = checkStream({ ocid: ocid.value, endpoint: endpoint.value }, { region, endpoints, realm });
  if (checked.trusted) return checked.stream;
  // Errors repeat no more of the value than an origin or a region, because it may be a secret.
  if (checked.about === 'ocid') {
    throw new HaError('CONFIG', `${ocid.where}: ${KEYS.ocid} ${checked.problem}; correct or remove it`);
  }
  throw new HaError(
    'CONFIG',
    `${endpoint.where}: ${KEYS.endpoint} ${checked.problem}; correct or remove it, or, if it is yours, name it in the settings: ${endpointVariable(region)}`,
  );
}

function half(found: FoundValue, there: string, missing: string): string {
  return `${found.where}: ${there} is set but ${missing} is missing, so no secondary is known; set both or neither`;
}

/** Whether the file says this already. */
export function saysTheSame(written: WrittenRecord, record: StreamRecord): boolean {
  return (
    written.ocid?.value === record.secondary?.ocid &&
    written.endpoint?.value === record.secondary?.endpoint &&
    written.activeRegion?.value === record.activeRegion &&
    written.activeSince?.value === record.activeSince
  );
}

/**
 * The text of `record`, in latin1, with the other keys and the comments of `existing`. Lines for which Java would
 * refuse the file are dropped.
 */
export function rewriteRecord(existing: string, record: StreamRecord): string {
  const lines = parseProperties(existing).filter((line) => line.type !== 'broken' && !isHeader(line));
  const first = lines.findIndex(isOurs);
  const at = first === -1 ? 0 : first;
  const pairs: [RecordKey, string | undefined][] = [
    [KEYS.ocid, record.secondary?.ocid],
    [KEYS.endpoint, record.secondary?.endpoint],
    [KEYS.activeRegion, record.activeRegion],
    [KEYS.activeSince, record.activeSince],
  ];
  const ours = renderProperties(pairs.filter((pair): pair is [RecordKey, string] => pair[1] !== undefined));
  return `${HEADER}\n${textOfOthers(lines.slice(0, at))}${ours}${textOfOthers(lines.slice(at))}`;
}

function textOfOthers(lines: readonly PropertyLine[]): string {
  const others = lines.filter((line) => !isOurs(line));
  // A lone backslash would join the next line once the line between them is removed.
  return others
    .map((line) => (line.type === 'blank' ? line.raw.replaceAll('\\', '') : inLatin1(line.raw)))
    .join('');
}

/** Java reads latin1: characters outside it are escaped. */
function inLatin1(raw: string): string {
  // A backslash and the character after it are matched together; Java drops the backslash before an ordinary character.
  return raw.replaceAll(/\\[\0-\xff]|\\?[^\0-\xff]/g, (found) => {
    const unit = found.charCodeAt(found.length - 1);
    return unit <= 0xff ? found : String.raw`\u` + unit.toString(16).padStart(4, '0');
  });
}

function isHeader(line: PropertyLine): boolean {
  return line.type === 'comment' && line.raw.trimEnd() === HEADER;
}

function isOurs(line: PropertyLine): boolean {
  return line.type === 'property' && (Object.values(KEYS) as string[]).includes(line.key);
}
