import type { Clock } from './clock.ts';
import { GrantError, parseGrant, type Grant, type Signatures } from './security/index.ts';
import { checkedScenario, ScenarioError, type CheckedScenario, type Scenario } from './scenario/index.ts';
import { DEFAULT_RULES, RELAXED, STRICT, type Limits, type RegionRules } from './state/index.ts';

export interface EmulatorOptions {
  /** Names of the regions. Default `sa-saopaulo-1` and `sa-vinhedo-1`. */
  readonly regions?: readonly string[];
  /** Where to listen. Default 127.0.0.1: nobody else can reach it. */
  readonly host?: string;
  /** The host in the URLs that it tells (a stream's `messagesEndpoint`, too). Default: `host`, or 127.0.0.1 for 0.0.0.0. */
  readonly advertise?: string;
  /** Port of the first region; the others follow. 0, the default here, takes any free ports. */
  readonly port?: number;
  /** Port of the control listener. 0, the default here, takes any free one. */
  readonly controlPort?: number;
  /** How long a stream is CREATING before it is ACTIVE, in milliseconds. Default 0. */
  readonly createDelayMs?: number;
  /** How long a stream is UPDATING, in milliseconds. Default 0. */
  readonly updateDelayMs?: number;
  /** How long a stream is DELETING before it is DELETED, in milliseconds. Default 0. */
  readonly deleteDelayMs?: number;
  /** How often offsets leave a gap, 0 to 1. Default 0. */
  readonly offsetGapProbability?: number;
  /** `strict` for the service's own, `relaxed` (default) for none, or some of them. Sizes are always checked. */
  readonly limits?: 'strict' | 'relaxed' | Partial<Limits>;
  /** Whether a 429 carries a `retry-after` header. Default no: whether the service sends it is not known. */
  readonly retryAfter?: boolean;
  /** What a region may hold in memory, in bytes, roughly. Default 512 MiB. */
  readonly maxStoredBytes?: number;
  /** A full region refuses puts (default), or drops its oldest messages as if retention took them. */
  readonly whenFull?: 'refuse' | 'drop-oldest';
  /**
   * Whether calls have to be signed: `required` as the service does, `checked` (default here) lets unsigned calls
   * pass and refuses bad signatures, `ignored` looks at none. Only keys of the emulator's own config file are known.
   */
  readonly signatures?: Signatures;
  /**
   * More users, each a profile of the config file, with what they may do in the words of a policy:
   * `{ writer: ['use stream-push in compartment ocid1…', 'read streams'] }`. `DEFAULT` may do everything.
   */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Speaks TLS with a certificate that it makes. Default no. */
  readonly tls?: boolean;
  /** Keeps everything in this directory, keys too; it survives kill -9. Default: memory only. */
  readonly data?: string;
  /** What fails when. Its seed makes chance the same at each run. */
  readonly scenario?: Scenario;
  /** Told of each call in one line. */
  readonly log?: (line: string) => void;
  /** Told what the steps of the scenario say. */
  readonly say?: (line: string) => void;
  /** Time and chance. Default: the machine's. The emulator can be moved against it. */
  readonly clock?: Clock;
}

export const DEFAULT_REGIONS: readonly string[] = Object.freeze(['sa-saopaulo-1', 'sa-vinhedo-1']);

/** An option, flag or command that cannot be: one line that says which and why. */
export class UsageError extends Error {}

/** Where to listen, for which regions. */
export function checkedPlaces(options: EmulatorOptions) {
  const { regions = DEFAULT_REGIONS, host = '127.0.0.1', advertise, port = 0, controlPort = 0 } = options;
  if (regions.length === 0) throw new UsageError('regions: at least one is needed');
  for (const region of regions) {
    if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region))
      throw new UsageError(`regions: ${region} is not a region's name`);
  }
  if (new Set(regions).size < regions.length) throw new UsageError('regions: one is named twice');
  checkRange('port', port, { max: 65_535 });
  checkRange('controlPort', controlPort, { max: 65_535 });
  return { regions, host, advertise, port, controlPort };
}

/** How the regions behave. */
export function regionRules(options: EmulatorOptions): RegionRules {
  const rules: RegionRules = {
    createDelayMs: options.createDelayMs ?? DEFAULT_RULES.createDelayMs,
    updateDelayMs: options.updateDelayMs ?? DEFAULT_RULES.updateDelayMs,
    deleteDelayMs: options.deleteDelayMs ?? DEFAULT_RULES.deleteDelayMs,
    offsetGapProbability: options.offsetGapProbability ?? DEFAULT_RULES.offsetGapProbability,
    limits: checkedLimits(options.limits ?? 'relaxed'),
    retryAfter: options.retryAfter ?? DEFAULT_RULES.retryAfter,
    maxStoredBytes: options.maxStoredBytes ?? DEFAULT_RULES.maxStoredBytes,
    whenFull: options.whenFull ?? DEFAULT_RULES.whenFull,
  };
  for (const name of ['createDelayMs', 'updateDelayMs', 'deleteDelayMs'] as const)
    checkRange(name, rules[name]);
  checkRange('offsetGapProbability', rules.offsetGapProbability, { max: 1, whole: false });
  checkRange('maxStoredBytes', rules.maxStoredBytes);
  if (!['refuse', 'drop-oldest'].includes(rules.whenFull)) {
    throw new UsageError(`whenFull: must be refuse or drop-oldest, not ${rules.whenFull}`);
  }
  return rules;
}

/** How callers are told from one another. */
export function checkedSecurity({ signatures = 'checked', users = {}, tls = false }: EmulatorOptions) {
  if (!['required', 'checked', 'ignored'].includes(signatures)) {
    throw new UsageError(`signatures: must be required, checked or ignored, not ${signatures as string}`);
  }
  const profiles = Object.entries(users).map(([profile, texts]) => {
    if (!/^\w+$/.test(profile) || profile === 'DEFAULT')
      throw new UsageError(`users: ${profile} cannot be a profile`);
    return { profile, grants: texts.map((text) => grantOf(profile, text)) };
  });
  return { signatures, tls, profiles };
}

function grantOf(profile: string, text: string): Grant {
  try {
    return parseGrant(text);
  } catch (error) {
    if (error instanceof GrantError) throw new UsageError(`users: ${profile}: ${error.message}`);
    throw error;
  }
}

export function scenarioOf({ scenario }: EmulatorOptions, regions: readonly string[]): CheckedScenario {
  try {
    return checkedScenario(scenario ?? { steps: [] }, regions);
  } catch (error) {
    if (error instanceof ScenarioError) throw new UsageError(`scenario: ${error.message}`);
    throw error;
  }
}

function checkedLimits(limits: 'strict' | 'relaxed' | Partial<Limits>): Limits {
  if (limits === 'strict') return STRICT;
  if (limits === 'relaxed') return RELAXED;
  if (typeof limits !== 'object')
    throw new UsageError(`limits: must be strict or relaxed, not ${String(limits)}`);
  for (const [name, value] of Object.entries(limits)) {
    if (!(name in RELAXED)) {
      throw new UsageError(`limits: ${name} is none; there are ${Object.keys(RELAXED).join(', ')}`);
    }
    if (!(value > 0)) throw new UsageError(`limits: ${name} must be a number above 0, not ${value}`);
  }
  return { ...RELAXED, ...limits };
}

function checkRange(name: string, value: number, { max = Number.MAX_SAFE_INTEGER, whole = true } = {}): void {
  if (value >= 0 && value <= max && (!whole || Number.isInteger(value))) return;
  throw new UsageError(
    `${name}: must be ${whole ? 'a whole number' : 'a number'} from 0 to ${max}, not ${value}`,
  );
}
