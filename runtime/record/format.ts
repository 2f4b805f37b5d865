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

// What stream.properties means, without any I/O. infra/ imports this file too: the stack and the runtime must not disagree.

/**
 * The names under which the record is kept: keys of `stream.properties`; the first two are environment variables too, and
 * other programs read them.
 */
export const KEYS = Object.freeze({
  ocid: 'SECONDARY_STREAM_OCID',
  endpoint: 'SECONDARY_STREAM_ENDPOINT',
  activeRegion: 'ACTIVE_REGION',
  activeSince: 'ACTIVE_SINCE',
});

type RecordKey = (typeof KEYS)[keyof typeof KEYS];

/** The longest record file that is read, in bytes. Ours have 300. */
export const MAX_RECORD_BYTES = 64 * 1024;

/** A value as it is written, and where: `stream.properties:2`, `environment`. */
export interface FoundValue {
  readonly value: string;
  readonly where: string;
}

/** A secondary as a file or the environment names it: not checked yet. */
export interface NamedSecondary {
  readonly ocid: FoundValue | undefined;
  readonly endpoint: FoundValue | undefined;
}

/** What a record says, not checked yet. */
export interface WrittenRecord extends NamedSecondary {
  readonly activeRegion: FoundValue | undefined;
  readonly activeSince: FoundValue | undefined;
}

/** What a record says, checked. */
export interface StreamRecord {
  readonly secondary: StreamRef | undefined;
  /** Undefined in a file of the Java program: then the secondary, if one is named, is the active one. */
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
  /** The region that the secondary must be of; undefined where nothing says so: then it is the one that the OCID names. */
  readonly secondaryRegion: string | undefined;
  /** Region to the endpoint that the user's own settings name for it. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** These name the realm that the secondary must be of. */
  readonly compartmentId?: string | undefined;
  readonly primaryStreamOcid?: string | undefined;
}

/** The settings against which a record is checked. */
export interface RecordTrust extends SecondaryTrust {
  readonly primaryRegion: string;
  readonly secondaryRegion: string;
}

/** The first line, to the letter: `Properties.store` of the Java program writes it. */
const HEADER = '#Secondary stream info (OCID + endpoint)';
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/;

/** The text of a properties file. Throws `CONFIG` for an encoding that is not read. */
export function textOfProperties(bytes: Uint8Array, file: string): string {
  const decoded = decodeText(bytes, 'latin1');
  if (decoded.type === 'text') return decoded.text;
  throw new HaError('CONFIG', `${file} ${decoded.problem}, or name another file with --record-file`);
}

/** `text` as `textOfProperties` gives it. Throws `CONFIG`, with file and line, where Java would throw. */
export function parseRecord(text: string, file: string): WrittenRecord {
  const found = valuesOf(text, file, Object.values(KEYS));
  return {
    ocid: found.get(KEYS.ocid),
    endpoint: found.get(KEYS.endpoint),
    activeRegion: found.get(KEYS.activeRegion),
    activeSince: found.get(KEYS.activeSince),
  };
}

/** What a properties file says under these keys; an empty value says nothing. Throws `CONFIG`, with file and line. */
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
    // A second byte order mark, or a space that is no ASCII space: the key looks right and would not be found.
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

/** The secondary that the environment names, not checked yet. A variable that is set to nothing is not set. */
export function namedInEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): NamedSecondary {
  const named = (name: string): FoundValue | undefined => {
    const value = environment[name]?.trim() ?? '';
    return value === '' ? undefined : { value, where: 'environment' };
  };
  return { ocid: named(KEYS.ocid), endpoint: named(KEYS.endpoint) };
}

/** The endpoints that `OCI_STREAMING_ENDPOINT_<REGION>` names for these regions. */
export function endpointsNamedFor(
  regions: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const named = regions.map((region) => [region, environment[endpointVariable(region)] ?? ''] as const);
  return Object.fromEntries(named.filter(([, endpoint]) => endpoint !== ''));
}

/** Throws `CONFIG`, with file and line, when something in it must not be believed. */
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
  // A name without its endpoint, or the other way round, is warned of already.
  const namesNone = written.ocid === undefined && written.endpoint === undefined;
  const unusable =
    activeRegion?.value === trust.secondaryRegion && namesNone
      ? [
          `${activeRegion.where}: ${KEYS.activeRegion} names ${activeRegion.value}, and no stream there is named: add ${KEYS.ocid} and ${KEYS.endpoint}; it is ignored`,
        ]
      : [];
  const since = activeSince !== undefined && isTime(activeSince.value) ? activeSince : undefined;
  const ignored =
    since === activeSince ? [] : [`${activeSince?.where}: ${KEYS.activeSince} is not a time; it is ignored`];
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
 * The secondary that may be used. With one of the two values missing there is none, and a warning names what is missing.
 * Throws `CONFIG`, with the place and the remedy, when the OCID is not of a stream in the secondary region, or when a
 * signed request must not go to the endpoint (core/stream-address.ts).
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
 * A secondary that the program itself states: its word is enough for the endpoint. Throws `CONFIG` when the arguments are
 * not the OCID of a stream and an http(s) origin; `where` names the function for that message.
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
  // Where no region is expected, only what is no OCID of a stream is refused for it.
  const region = secondaryRegion ?? partsOfStreamOcid(ocid.value)?.region ?? '';
  const realm = realmOfOcid(compartmentId) ?? realmOfOcid(primaryStreamOcid);
  const checked = checkStream({ ocid: ocid.value, endpoint: endpoint.value }, { region, endpoints, realm });
  if (checked.trusted) return checked.stream;
  // Of the value no more than an origin or a region is repeated: it may be anything, and the place is enough to find it.
  if (checked.about === 'ocid') {
    throw new HaError('CONFIG', `${ocid.where}: ${KEYS.ocid} ${checked.problem}; correct or remove it`);
  }
  throw new HaError(
    'CONFIG',
    `${endpoint.where}: ${KEYS.endpoint} ${checked.problem}; correct or remove it, or, if it is yours, name it in the settings: ${endpointVariable(region)}`,
  );
}

function half(found: FoundValue, there: string, missing: string): string {
  return `${found.where}: ${there} is there but ${missing} is missing, so no secondary is known; write both or none`;
}

/** Does the record say this already? */
export function saysTheSame(written: WrittenRecord, record: StreamRecord): boolean {
  return (
    written.ocid?.value === record.secondary?.ocid &&
    written.endpoint?.value === record.secondary?.endpoint &&
    written.activeRegion?.value === record.activeRegion &&
    written.activeSince?.value === record.activeSince
  );
}

/**
 * The text that says `record`, in latin1: what `existing` holds besides, other keys and comments, stays as it is. Only
 * lines for which Java would refuse the file are dropped.
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
  // A lone backslash joins nothing, until the line behind it is taken out.
  return others
    .map((line) => (line.type === 'blank' ? line.raw.replaceAll('\\', '') : inLatin1(line.raw)))
    .join('');
}

/** A file in another encoding becomes latin1, which Java reads: an escape for each character that latin1 has not. */
function inLatin1(raw: string): string {
  // Pairs of a backslash and what it escapes are taken together; Java drops the backslash before an ordinary character.
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
