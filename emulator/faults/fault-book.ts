import { reachOf } from './applicable-operations.ts';
import { combine, type FaultPlan, NO_FAULT } from './fault-plan.ts';
import type { CheckedRule, FaultRule } from './fault-rule.ts';
import type { OperationName } from '../operations/validations.ts';
import type { Random } from '../random.ts';
import { isInForce, isOver, nextTurn } from './timing.ts';

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
  /** Of this rule alone: what others decide does not change what it does. */
  readonly random: Random;
  /** The operations that it is about. No others use it up. */
  readonly reach: ReadonlySet<OperationName>;
  hits: number;
}

/** What is wrong with a region's listener as a whole. */
interface ListenerFault {
  readonly refuse: boolean;
  readonly certificate: 'expired' | 'foreign' | undefined;
  /** When to look again; Infinity for never. */
  readonly until: number;
}

const RETIRED = 100;

/** The faults of one region. Rules combine in their order; of those that take the place of an answer the first wins. */
export class FaultBook {
  #entries: Entry[] = [];
  /** Replaced or cleared, and not hit until then. */
  #retired: Entry[] = [];
  /** Gives the chance of the rule that was the so-manieth to be set. */
  readonly #chance: (rule: number) => Random;
  #added = 0;

  constructor(chance: (rule: number) => Random) {
    this.#chance = chance;
  }

  /** These and no others; in force since `since`, which may be past. */
  set(rules: readonly CheckedRule[], since: number): void {
    this.#retired = [...this.#retired, ...this.#entries].filter(isUnhit).slice(-RETIRED);
    this.#entries = [];
    this.add(rules, since);
  }

  add(rules: readonly CheckedRule[], since: number): void {
    for (const rule of rules) {
      const random = this.#chance(this.#added++);
      this.#entries.push({ rule, since, random, reach: reachOf(rule), hits: 0 });
    }
  }

  list(now: number): FaultStatus[] {
    return this.#entries.map((entry) => ({
      rule: entry.rule,
      hits: entry.hits,
      over: isOver(entry.rule, entry.since, now) || isSpent(entry),
    }));
  }

  /** The rules that no call has met, in the order in which they were set; of those no longer there, the last hundred. */
  neverHit(): FaultRule[] {
    return [...this.#retired, ...this.#entries].filter(isUnhit).map(({ rule }) => rule);
  }

  listenerFault(now: number): ListenerFault {
    const whole = this.#entries.filter(({ rule }) => isForListener(rule));
    const active = whole.filter(({ rule, since }) => isInForce(rule, since, now));
    // Nobody can count the connections that nothing took: being in force is the hit.
    for (const entry of active) entry.hits = 1;
    return {
      refuse: active.some(({ rule }) => rule.refuse === true),
      certificate: active.find(({ rule }) => rule.certificate !== undefined)?.rule.certificate,
      until: Math.min(Infinity, ...whole.map(({ rule, since }) => nextTurn(rule, since, now))),
    };
  }

  /** What is to go wrong with a call now. The rules that take part are hit. */
  plan(operation: OperationName, now: number): FaultPlan {
    let plan = NO_FAULT;
    for (const entry of this.#entries) {
      const { rule, since, random, reach } = entry;
      if (isForListener(rule) || !reach.has(operation) || !isInForce(rule, since, now) || isSpent(entry))
        continue;
      if (random() >= (rule.probability ?? 1)) continue;
      const hit = (): void => {
        entry.hits += 1;
      };
      // A rule about entries or reads is hit when one of them is.
      if ((rule.entries ?? rule.reads) === undefined) hit();
      plan = combine(plan, { rule, inForceMs: now - since - (rule.afterMs ?? 0), hit }, random);
      if (plan.instead !== undefined) break;
    }
    return plan;
  }
}

function isForListener({ refuse, certificate }: CheckedRule): boolean {
  return refuse === true || certificate !== undefined;
}

function isUnhit({ hits }: Entry): boolean {
  return hits === 0;
}

function isSpent({ rule, hits }: Entry): boolean {
  return rule.count !== undefined && hits >= rule.count;
}
