import type { CheckedRule } from './fault-rule.ts';
import type { EntryRefusal, RefuseEntry, RefuseRead } from '../operations/operation.ts';

/** What takes the place of handling a call. */
type Instead =
  | { readonly do: 'answer'; readonly status: number; readonly code: string; readonly message: string }
  | { readonly do: 'hang' }
  | { readonly do: 'reset' };

/** What is to go wrong with one call. */
export interface FaultPlan {
  readonly latencyMs: number;
  readonly clockSkewMs: number;
  readonly instead?: Instead | undefined;
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

/** A rule that takes part in a call: how long it has been in force, and whom to tell when an entry is hit. */
interface Part {
  readonly rule: CheckedRule;
  readonly inForceMs: number;
  readonly hit: () => void;
}

/** The plan with one more rule: waits add up, what both say of the answer the later rule says. */
export function combine(plan: FaultPlan, part: Part, random: () => number): FaultPlan {
  const { rule } = part;
  return {
    latencyMs: plan.latencyMs + latencyOf(rule.latencyMs, part.inForceMs),
    clockSkewMs: plan.clockSkewMs + (rule.clockSkewMs ?? 0),
    instead: insteadOf(rule),
    refuseEntry:
      rule.entries === undefined ? plan.refuseEntry : eitherOf(plan.refuseEntry, entryFault(part, random)),
    refuseRead:
      rule.reads === undefined ? plan.refuseRead : eitherOf(plan.refuseRead, readFault(part, random)),
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

/** Names as the service writes them: in another case a header would go beside its own, not in its place. */
function lowerCased(headers: CheckedRule['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function latencyOf(latency: CheckedRule['latencyMs'], inForceMs: number): number {
  if (latency === undefined || typeof latency === 'number') return latency ?? 0;
  const { fromMs, toMs, overMs } = latency;
  return fromMs + (toMs - fromMs) * Math.min(1, inForceMs / overMs);
}

function insteadOf({ status, code, message, hang, reset }: CheckedRule): Instead | undefined {
  if (hang === true) return { do: 'hang' };
  if (reset === 'before') return { do: 'reset' };
  if (status === undefined) return undefined;
  return { do: 'answer', status, code: code ?? codeOf(status), message: message ?? messageOf(status) };
}

function eitherOf<Asked extends unknown[], Refusal>(
  first: ((...asked: Asked) => Refusal | undefined) | undefined,
  second: (...asked: Asked) => Refusal | undefined,
): (...asked: Asked) => Refusal | undefined {
  return first === undefined ? second : (...asked) => first(...asked) ?? second(...asked);
}

function readFault({ rule, hit }: Part, random: () => number): RefuseRead {
  const { status, probability = 1, partition } = rule.reads!;
  return (place) => {
    if (partition !== undefined && partition !== String(place)) return undefined;
    if (random() >= probability) return undefined;
    hit();
    return { status, code: codeOf(status), message: messageOf(status) };
  };
}

function entryFault({ rule, hit }: Part, random: () => number): RefuseEntry {
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

/** The code and text that go with a status, unless a rule names its own. */
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
  return CODES[status]?.[1] ?? `The emulator was asked to answer ${status}.`;
}
