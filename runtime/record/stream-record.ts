import { HaError } from '../errors.ts';
import type { StreamRef } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { KEYS, type RecordKey } from './keys.ts';
import { judgeSecondary, type Found, type NamedSecondary } from './named-secondary.ts';
import { parseProperties, renderProperties, type PropertyLine } from './properties.ts';

/** What `stream.properties` says, judged. */
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

/** The settings by which a record is judged. */
export type RecordTrust = Pick<Settings, 'primaryRegion' | 'secondaryRegion' | 'endpoints'>;

/** What the file says, not judged yet. */
export interface WrittenRecord extends NamedSecondary {
  readonly activeRegion: Found | undefined;
  readonly activeSince: Found | undefined;
}

/** The first line, to the letter: `Properties.store` of the Java program writes it. */
const HEADER = '#Secondary stream info (OCID + endpoint)';
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/;

/** `text`: the file's bytes as latin1. Throws `CONFIG`, with file and line, where Java would throw. */
export function parseRecord(text: string, file: string): WrittenRecord {
  const found = new Map<string, Found>();
  for (const line of parseProperties(text)) {
    const where = `${file}:${line.line}`;
    if (line.is === 'broken') {
      throw new HaError('CONFIG', `${where}: this line ${line.problem}; correct or remove it`);
    }
    if (line.is === 'property') found.set(line.key, { value: line.value.trim(), where });
  }
  const valueOf = (key: RecordKey): Found | undefined => {
    const last = found.get(key);
    return last?.value === '' ? undefined : last;
  };
  return {
    ocid: valueOf(KEYS.ocid),
    endpoint: valueOf(KEYS.endpoint),
    activeRegion: valueOf(KEYS.activeRegion),
    activeSince: valueOf(KEYS.activeSince),
  };
}

/** Throws `CONFIG`, with file and line, when something in it must not be believed. */
export function judgeRecord(
  written: WrittenRecord,
  trust: RecordTrust,
): { record: StreamRecord; warnings: readonly string[] } {
  const { secondary, warnings } = judgeSecondary(written, trust);
  const { activeRegion, activeSince } = written;
  const regions = [trust.primaryRegion, trust.secondaryRegion];
  if (activeRegion !== undefined && !regions.includes(activeRegion.value)) {
    const problem = `${KEYS.activeRegion} is neither ${regions.join(' nor ')}`;
    throw new HaError('CONFIG', `${activeRegion.where}: ${problem}; correct or remove it`);
  }
  const since = activeSince === undefined || TIME.test(activeSince.value) ? activeSince : undefined;
  const ignored =
    since === activeSince ? [] : [`${activeSince?.where}: ${KEYS.activeSince} is not a time; it is ignored`];
  return {
    record: { secondary, activeRegion: activeRegion?.value, activeSince: since?.value },
    warnings: [...warnings, ...ignored],
  };
}

/**
 * The text that says `record`, in latin1: what `existing` holds besides, other keys and comments, stays as it is. Only
 * lines for which Java would refuse the file are dropped.
 */
export function rewriteRecord(existing: string, record: StreamRecord): string {
  const lines = parseProperties(existing).filter((line) => line.is !== 'broken' && !isHeader(line));
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
  return others.map((line) => (line.is === 'blank' ? line.raw.replaceAll('\\', '') : line.raw)).join('');
}

function isHeader(line: PropertyLine): boolean {
  return line.is === 'comment' && line.raw.trimEnd() === HEADER;
}

function isOurs(line: PropertyLine): boolean {
  return line.is === 'property' && (Object.values(KEYS) as string[]).includes(line.key);
}
