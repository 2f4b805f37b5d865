import { checkStream, type StreamRef } from '../core/index.ts';
import { isTime, valuesOf, type FoundValue, type RecordTrust } from './format.ts';
import { renderProperties } from './properties.ts';

/** The primary as it was last seen. With it, a start during an outage needs no control plane. */
export interface RecordedPrimary {
  readonly stream: StreamRef;
  readonly partitions: number;
  readonly retentionInHours: number;
  readonly compartmentId: string;
}

/** What our own processes remember, in the file beside the record. */
export interface RuntimeState {
  readonly primary: RecordedPrimary | undefined;
  /** When the primary last became active again: ms since 1970. */
  readonly lastFailbackAt: number | undefined;
  /** Why the active region last changed: one line, for people. */
  readonly switchReason: string | undefined;
  /** Who forbids a change of the active region, and why: one line. */
  readonly hold: string | undefined;
}

export const NO_STATE: RuntimeState = Object.freeze({
  primary: undefined,
  lastFailbackAt: undefined,
  switchReason: undefined,
  hold: undefined,
});

/** What a state is checked against. */
export interface StateTrust extends Pick<RecordTrust, 'primaryRegion' | 'endpoints'> {
  /** The present time, in ms since 1970. */
  readonly wall: number;
}

const STATE_KEYS = Object.freeze({
  ocid: 'PRIMARY_STREAM_OCID',
  endpoint: 'PRIMARY_STREAM_ENDPOINT',
  partitions: 'PRIMARY_PARTITIONS',
  retention: 'PRIMARY_RETENTION_HOURS',
  compartment: 'PRIMARY_COMPARTMENT',
  lastFailbackAt: 'LAST_FAILBACK_AT',
  switchReason: 'SWITCH_REASON',
  hold: 'HOLD',
});

const HEADER = '#State of OCI Streaming HA: for its own processes only\n';
const MAX_LINE = 500;
/** More partitions, or more hours of retention, than the service allows are an error in the file. */
const MAX_PARTITIONS = 10_000;
const MAX_RETENTION_HOURS = 168;
const COMPARTMENT_OCID = /^ocid1\.(compartment|tenancy)\.[a-z0-9-]+\.[a-z0-9-]*\.[A-Za-z0-9._-]{1,200}$/;
/** Clocks of machines differ by less than this. A later failback is in the future, and would forbid the next one. */
const CLOCK_SLACK_MS = 5 * 60_000;

/**
 * Parses a state file. A wrong value is left out, with a warning that names its line. Throws `CONFIG` when it is not a
 * properties file.
 */
export function parseState(
  text: string,
  file: string,
  trust: StateTrust,
): { state: RuntimeState; warnings: readonly string[] } {
  const found = valuesOf(text, file, Object.values(STATE_KEYS));
  const warnings: string[] = [];
  const leaveOut = (key: string, problem: string): undefined => {
    warnings.push(`${found.get(key)?.where ?? file}: ${key} ${problem}; it is not used`);
    return undefined;
  };

  const primary = (): RecordedPrimary | undefined => {
    const needed = [STATE_KEYS.ocid, STATE_KEYS.endpoint, STATE_KEYS.partitions, STATE_KEYS.retention];
    const keys = [...needed, STATE_KEYS.compartment];
    if (!keys.some((key) => found.has(key))) return undefined;
    const missing = keys.find((key) => !found.has(key));
    if (missing !== undefined) return leaveOut(missing, 'is missing, so the primary is not known');
    const [ocid = '', endpoint = '', partitions = '', retention = '', compartmentId = ''] = keys.map(
      (key) => found.get(key)?.value,
    );
    const region = trust.primaryRegion;
    const checked = checkStream({ ocid, endpoint }, { region, endpoints: trust.endpoints });
    if (!checked.trusted) return leaveOut(STATE_KEYS[checked.about], checked.problem);
    if (!isIn(partitions, 1, MAX_PARTITIONS)) {
      return leaveOut(STATE_KEYS.partitions, `is not a number from 1 to ${MAX_PARTITIONS}`);
    }
    if (!isIn(retention, 1, MAX_RETENTION_HOURS)) {
      return leaveOut(STATE_KEYS.retention, `is not a number from 1 to ${MAX_RETENTION_HOURS}`);
    }
    if (!COMPARTMENT_OCID.test(compartmentId)) {
      return leaveOut(STATE_KEYS.compartment, "is not a compartment's OCID");
    }
    return {
      stream: checked.stream,
      partitions: Number(partitions),
      retentionInHours: Number(retention),
      compartmentId,
    };
  };

  const lastFailbackAt = (): number | undefined => {
    const value = found.get(STATE_KEYS.lastFailbackAt)?.value;
    if (value === undefined) return undefined;
    if (!isTime(value)) return leaveOut(STATE_KEYS.lastFailbackAt, 'is not a time');
    const at = Date.parse(value);
    if (at > trust.wall + CLOCK_SLACK_MS) {
      const remedy = "(correct this machine's clock, or remove the line)";
      return leaveOut(STATE_KEYS.lastFailbackAt, `is in the future ${remedy}`);
    }
    return at;
  };

  const state: RuntimeState = {
    primary: primary(),
    lastFailbackAt: lastFailbackAt(),
    switchReason: oneLine(found.get(STATE_KEYS.switchReason)?.value),
    hold: oneLine(found.get(STATE_KEYS.hold)?.value),
  };
  return { state, warnings };
}

/**
 * The text of `existing` after the change, in latin1. Fields that the change does not name stay, because another
 * process may have written them; a failback time that is none goes. Lines are cut at 500 characters.
 */
export function rewriteState(existing: string, change: Partial<RuntimeState>): string {
  const values = new Map<string, string | undefined>();
  for (const [key, { value }] of readable(existing)) {
    if (key !== STATE_KEYS.lastFailbackAt || isTime(value)) values.set(key, value);
  }
  if ('primary' in change) {
    const { primary } = change;
    values.set(STATE_KEYS.ocid, primary?.stream.ocid);
    values.set(STATE_KEYS.endpoint, primary?.stream.endpoint);
    values.set(STATE_KEYS.partitions, primary?.partitions.toString());
    values.set(STATE_KEYS.retention, primary?.retentionInHours.toString());
    values.set(STATE_KEYS.compartment, primary?.compartmentId);
  }
  if ('lastFailbackAt' in change) {
    const at = change.lastFailbackAt;
    values.set(STATE_KEYS.lastFailbackAt, at === undefined ? undefined : new Date(at).toISOString());
  }
  if ('switchReason' in change) values.set(STATE_KEYS.switchReason, change.switchReason);
  if ('hold' in change) values.set(STATE_KEYS.hold, change.hold);
  const pairs = Object.values(STATE_KEYS).map((key) => [key, oneLine(values.get(key))] as const);
  return (
    HEADER +
    renderProperties(pairs.filter((pair): pair is [(typeof pair)[0], string] => pair[1] !== undefined))
  );
}

/** The values of a damaged file are not kept. */
function readable(text: string): ReadonlyMap<string, FoundValue> {
  try {
    return valuesOf(text, '', Object.values(STATE_KEYS));
  } catch {
    return new Map();
  }
}

/** One line for terminals and logs, without control characters and without those that change the direction of text. */
function oneLine(text: string | undefined): string | undefined {
  const line = text
    ?.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, MAX_LINE)
    // The first half of a surrogate pair that was cut.
    .replace(/\p{Cs}$/u, '')
    .trim();
  return line === '' ? undefined : line;
}

function isIn(text: string, from: number, to: number): boolean {
  return /^\d{1,9}$/.test(text) && Number(text) >= from && Number(text) <= to;
}
