import type { EntryRefusal, OperationName, RefuseEntry } from '../operations/index.ts';
import { NO_FAULT, type FaultPlan, type Instead } from './plan.ts';
import type { CheckedRule, FaultRule } from './rule.ts';
import { codeOf, messageOf } from './status-codes.ts';

/** A rule as it stands: what it says, how often it was hit, and whether it may still be. */
export interface FaultStatus {
  readonly rule: FaultRule;
  readonly hits: number;
  /** Over by time or spent by count. */
  readonly over: boolean;
}

interface Entry {
  readonly rule: CheckedRule;
  readonly since: number;
  hits: number;
}

/** The faults of one region. Rules combine in their order; of those that take the place of an answer the first wins. */
export class FaultBook {
  #entries: Entry[] = [];

  set(rules: readonly CheckedRule[], now: number): void {
    this.#entries = [];
    this.add(rules, now);
  }

  add(rules: readonly CheckedRule[], now: number): void {
    for (const rule of rules) this.#entries.push({ rule, since: now, hits: rule.refuse === true ? 1 : 0 });
  }

  list(now: number): FaultStatus[] {
    return this.#entries.map((entry) => ({ rule: entry.rule, hits: entry.hits, over: isOver(entry, now) }));
  }

  /** Until when connections are refused: a time, for ever (Infinity), or not at all. */
  refusingUntil(now: number): number | undefined {
    const ends = this.#entries
      .filter((entry) => entry.rule.refuse === true && !isOver(entry, now))
      .map(({ rule, since }) => since + (rule.forMs ?? Infinity));
    return ends.length === 0 ? undefined : Math.max(...ends);
  }

  /** What is to go wrong with a call of `operation` now. The rules that take part are hit. */
  plan(operation: OperationName, now: number, random: () => number): FaultPlan {
    if (this.#entries.length === 0) return NO_FAULT;
    let plan = NO_FAULT;
    for (const entry of this.#entries) {
      if (entry.rule.refuse === true || isOver(entry, now) || !fits(entry.rule, operation)) continue;
      if (random() >= (entry.rule.probability ?? 1)) continue;
      // A rule about entries is hit when an entry is.
      if (entry.rule.entries === undefined) entry.hits += 1;
      plan = combined(plan, entry, random);
      if (plan.instead !== undefined) break;
    }
    return plan;
  }
}

function isOver({ rule, since, hits }: Entry, now: number): boolean {
  return (
    (rule.forMs !== undefined && now - since >= rule.forMs) ||
    (rule.count !== undefined && hits >= rule.count)
  );
}

function fits({ operation }: CheckedRule, called: OperationName): boolean {
  if (operation === undefined) return true;
  return typeof operation === 'string' ? operation === called : operation.includes(called);
}

function combined(plan: FaultPlan, entry: Entry, random: () => number): FaultPlan {
  const { rule } = entry;
  return {
    latencyMs: plan.latencyMs + (rule.latencyMs ?? 0),
    instead: insteadOf(rule),
    refuseEntry:
      rule.entries === undefined ? plan.refuseEntry : eitherOf(plan.refuseEntry, entryFault(entry, random)),
    creationEnds: rule.creationEnds ?? plan.creationEnds,
    headers: { ...plan.headers, ...rule.headers },
    body:
      rule.body === undefined
        ? plan.body
        : { text: rule.body, contentType: rule.contentType ?? 'text/html; charset=utf-8' },
    fewerEntries: plan.fewerEntries + (rule.fewerEntries ?? 0),
    truncate: rule.truncate ?? plan.truncate,
    resetAfter: plan.resetAfter || rule.reset === 'after',
  };
}

function insteadOf({ status, code, message, hang, reset }: CheckedRule): Instead | undefined {
  if (hang === true) return { do: 'hang' };
  if (reset === 'before') return { do: 'reset' };
  if (status === undefined) return undefined;
  return { do: 'answer', status, code: code ?? codeOf(status), message: message ?? messageOf(status) };
}

function eitherOf(first: RefuseEntry | undefined, second: RefuseEntry): RefuseEntry {
  if (first === undefined) return second;
  return (index, partition, key) => first(index, partition, key) ?? second(index, partition, key);
}

function entryFault(entry: Entry, random: () => number): RefuseEntry {
  const { status, probability = 1, indexes, partition, keys } = entry.rule.entries!;
  const wanted = keys?.map((key) => Buffer.from(key).toString('base64'));
  const refusal: EntryRefusal = { error: codeOf(status), errorMessage: messageOf(status) };
  let counted = false;
  return (index, place, key) => {
    if (indexes !== undefined && !indexes.includes(index)) return undefined;
    if (partition !== undefined && partition !== String(place)) return undefined;
    if (wanted !== undefined && (key === null || !wanted.includes(key))) return undefined;
    if (random() >= probability) return undefined;
    if (!counted) entry.hits += 1;
    counted = true;
    return refusal;
  };
}
