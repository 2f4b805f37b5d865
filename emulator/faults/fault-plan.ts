import type { CheckedRule } from './fault-rule.ts';
import type { EntryRefusal, RefuseEntry, RefuseRead } from '../operations/operation.ts';

/** What happens instead of performing the call. */
type Replacement =
  | { readonly type: 'answer'; readonly status: number; readonly code: string; readonly message: string }
  | { readonly type: 'hang' }
  | { readonly type: 'reset' };

/** Everything that goes wrong with one call, from all rules together. */
export interface FaultPlan {
  readonly latencyMs: number;
  readonly clockSkewMs: number;
  readonly replacement?: Replacement | undefined;
  readonly refuseEntry?: RefuseEntry | undefined;
  readonly refuseRead?: RefuseRead | undefined;
  readonly retentionMs?: number | undefined;
  readonly creationEnds?: 'stuck' | 'failed' | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: { readonly text: string; readonly contentType: string } | undefined;
  readonly bodyBytesPerSecond?: number | undefined;
  readonly fewerEntries: number;
  readonly truncate?: number | undefined;
  readonly resetAfter: boolean;
  readonly resetAfterBytes?: number | undefined;
}

export const NO_FAULT: FaultPlan = Object.freeze({
  latencyMs: 0,
  clockSkewMs: 0,
  headers: {},
  fewerEntries: 0,
  resetAfter: false,
});

/** A rule that applies to a call. */
interface ActiveRule {
  readonly rule: CheckedRule;
  readonly inForceMs: number;
  /** Counts a hit. */
  readonly hit: () => void;
}

/** Adds a rule to the plan. Waits add up; otherwise the later rule overrides the earlier one. */
export function addRule(plan: FaultPlan, active: ActiveRule, random: () => number): FaultPlan {
  const { rule } = active;
  return {
    latencyMs: plan.latencyMs + latencyOf(rule.latencyMs, active.inForceMs),
    clockSkewMs: plan.clockSkewMs + (rule.clockSkewMs ?? 0),
    replacement: replacementOf(rule),
    refuseEntry:
      rule.entries === undefined
        ? plan.refuseEntry
        : firstRefusal(plan.refuseEntry, entryFault(active, random)),
    refuseRead:
      rule.reads === undefined ? plan.refuseRead : firstRefusal(plan.refuseRead, readFault(active, random)),
    creationEnds: rule.creationEnds ?? plan.creationEnds,
    retentionMs: rule.retentionMs ?? plan.retentionMs,
    headers: { ...plan.headers, ...lowerCased(rule.headers) },
    body:
      rule.body === undefined ? plan.body : { text: rule.body, contentType: rule.contentType ?? 'text/html' },
    bodyBytesPerSecond: rule.bodyBytesPerSecond ?? plan.bodyBytesPerSecond,
    fewerEntries: plan.fewerEntries + (rule.fewerEntries ?? 0),
    truncate: rule.truncate ?? plan.truncate,
    resetAfter: plan.resetAfter || rule.reset === 'after',
    resetAfterBytes: rule.resetAfterBytes ?? plan.resetAfterBytes,
  };
}

/** The response headers have lower-case names. A name in another case would be sent in addition, not instead. */
function lowerCased(headers: CheckedRule['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function latencyOf(latency: CheckedRule['latencyMs'], inForceMs: number): number {
  if (latency === undefined || typeof latency === 'number') return latency ?? 0;
  const { fromMs, toMs, overMs } = latency;
  return fromMs + (toMs - fromMs) * Math.min(1, inForceMs / overMs);
}

function replacementOf({ status, code, message, hang, reset }: CheckedRule): Replacement | undefined {
  if (hang === true) return { type: 'hang' };
  if (reset === 'before') return { type: 'reset' };
  if (status === undefined) return undefined;
  return { type: 'answer', status, code: code ?? codeOf(status), message: message ?? messageOf(status) };
}

function firstRefusal<Arguments extends unknown[], Refusal>(
  first: ((...args: Arguments) => Refusal | undefined) | undefined,
  second: (...args: Arguments) => Refusal | undefined,
): (...args: Arguments) => Refusal | undefined {
  return first === undefined ? second : (...args) => first(...args) ?? second(...args);
}

function readFault({ rule, hit }: ActiveRule, random: () => number): RefuseRead {
  const { status, probability = 1, partition } = rule.reads!;
  return (place) => {
    if (partition !== undefined && partition !== String(place)) return undefined;
    if (random() >= probability) return undefined;
    hit();
    return { status, code: codeOf(status), message: messageOf(status) };
  };
}

function entryFault({ rule, hit }: ActiveRule, random: () => number): RefuseEntry {
  const { status, probability = 1, indexes, partition, keys } = rule.entries!;
  const wanted = keys?.map((key) => Buffer.from(key).toString('base64'));
  const refusal: EntryRefusal = { error: codeOf(status), errorMessage: messageOf(status) };
  let counted = false;
  return (index, place, key) => {
    if (indexes !== undefined && !indexes.includes(index)) return undefined;
    if (partition !== undefined && partition !== String(place)) return undefined;
    if (wanted !== undefined && (key === null || !wanted.includes(key))) return undefined;
    if (random() >= probability) return undefined;
    if (!counted) hit();
    counted = true;
    return refusal;
  };
}

/** Code and text of a status, unless the rule gives its own. */
const CODES: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['InvalidParameter', 'The request is not valid.'],
  401: [
    'NotAuthenticated',
    'The required information to complete authentication was not provided or was incorrect.',
  ],
  403: ['NotAuthorized', 'Authorization failed.'],
  404: ['NotAuthorizedOrNotFound', 'Authorization failed or requested resource not found.'],
  409: ['IncorrectState', 'The requested state for the resource conflicts with its current state.'],
  412: ['NoEtagMatch', 'The if-match header does not match the current etag.'],
  413: ['PayloadTooLarge', 'The request is too large.'],
  429: ['TooManyRequests', 'Too many requests for the tenant.'],
  500: ['InternalServerError', 'An internal server error occurred.'],
  501: ['MethodNotImplemented', 'The method is not implemented.'],
  503: ['ServiceUnavailable', 'The service is currently unavailable.'],
};

function codeOf(status: number): string {
  return CODES[status]?.[0] ?? (status >= 500 ? 'InternalServerError' : 'InvalidParameter');
}

function messageOf(status: number): string {
  return CODES[status]?.[1] ?? `A fault rule of the emulator answers ${status}.`;
}
