import type { EntryRefusal, RefuseEntry, RefuseRead } from '../operations/index.ts';
import type { FaultPlan, Instead } from './plan.ts';
import type { CheckedRule } from './rule.ts';
import { codeOf, messageOf } from './status-codes.ts';

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
