import { DEFAULT_REGIONS, UsageError, type EmulatorOptions } from './options.ts';
import { checkedScenario, type CheckedScenario, ScenarioError } from './scenario.ts';
import { type Grant, GrantError, parseGrant } from './security/grants.ts';
import { type Limits, RELAXED, STRICT } from './state/limits.ts';
import { DEFAULT_RULES, type RegionRules } from './state/region-state.ts';

const LOOPBACK = '127.0.0.1';
const LAST_PORT = 65_535;

/** Regions, hosts and ports. */
export function checkedAddresses(options: EmulatorOptions) {
  const { regions = DEFAULT_REGIONS, host = LOOPBACK, controlHost = LOOPBACK, advertise } = options;
  const { port = 0, controlPort = 0 } = options;
  if (regions.length === 0) throw new UsageError('regions: at least one is needed');
  for (const region of regions) {
    if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region))
      throw new UsageError(`regions: ${region} is not a region's name`);
  }
  if (new Set(regions).size < regions.length) throw new UsageError('regions: a region is named twice');
  checkRange('port', port, { max: LAST_PORT });
  if (port > 0) checkRange('port of the last region', port + regions.length - 1, { max: LAST_PORT });
  checkRange('controlPort', controlPort, { max: LAST_PORT });
  const control = {
    host: controlHost,
    // The advertised name reaches the control listener only if it listens on the same address as the regions.
    advertise: controlHost === host ? advertise : undefined,
    port: controlPort,
  };
  return { regions, host, advertise, port, control };
}

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

export function checkedSecurity({ signatures = 'checked', users = {}, tls = false }: EmulatorOptions) {
  if (!['required', 'checked', 'ignored'].includes(signatures)) {
    throw new UsageError(`signatures: must be required, checked or ignored, not ${signatures as string}`);
  }
  const profiles = Object.entries(users).map(([profile, texts]) => {
    if (!/^\w+(?<!_SESSION)$/.test(profile) || profile === 'DEFAULT')
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
      throw new UsageError(`limits: ${name} is not a limit; there are ${Object.keys(RELAXED).join(', ')}`);
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
