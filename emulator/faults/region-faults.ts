import { applicableOperations } from './applicable-operations.ts';
import { addRule, type FaultPlan, NO_FAULT } from './fault-plan.ts';
import type { CheckedRule, FaultRule } from './fault-rule.ts';
import type { OperationName } from '../operations/validations.ts';
import type { Random } from '../random.ts';
import { isInForce, isOver, nextChange } from './timing.ts';

/** A rule with its state. */
export interface FaultStatus {
  readonly rule: FaultRule;
  readonly hits: number;
  /** Its time is over, or its count is used up. */
  readonly over: boolean;
}

interface Entry {
  readonly rule: CheckedRule;
  readonly since: number;
  /** For this rule alone, so that other rules do not change its random numbers. */
  readonly random: Random;
  /** The operations that it applies to. Other calls do not count as hits. */
  readonly operations: ReadonlySet<OperationName>;
  hits: number;
}

/** The faults of a region's listener as a whole. */
interface ListenerFault {
  readonly refuse: boolean;
  readonly certificate: 'expired' | 'foreign' | undefined;
  /** When this may change; Infinity for never. */
  readonly until: number;
}

/** How many rules that were never hit are kept after they were replaced or cleared. */
const MAX_REMOVED = 100;

/** The fault rules of one region. They combine in their order; of the rules that replace the answer, the first one wins. */
export class RegionFaults {
  #entries: Entry[] = [];
  /** Replaced or cleared without a hit. */
  #removed: Entry[] = [];
  /** The random numbers of the n-th rule that is added. */
  readonly #randomOf: (rule: number) => Random;
  #added = 0;

  constructor(randomOf: (rule: number) => Random) {
    this.#randomOf = randomOf;
  }

  /** Replaces all rules. `since` may be in the past. */
  set(rules: readonly CheckedRule[], since: number): void {
    this.#removed = [...this.#removed, ...this.#entries].filter(hasNoHits).slice(-MAX_REMOVED);
    this.#entries = [];
    this.add(rules, since);
  }

  add(rules: readonly CheckedRule[], since: number): void {
    for (const rule of rules) {
      const random = this.#randomOf(this.#added++);
      this.#entries.push({ rule, since, random, operations: applicableOperations(rule), hits: 0 });
    }
  }

  list(now: number): FaultStatus[] {
    return this.#entries.map((entry) => ({
      rule: entry.rule,
      hits: entry.hits,
      over: isOver(entry.rule, entry.since, now) || isUsedUp(entry),
    }));
  }

  /** The rules without a hit, in the order in which they were added. Includes the last hundred that were replaced or cleared. */
  neverHit(): FaultRule[] {
    return [...this.#removed, ...this.#entries].filter(hasNoHits).map(({ rule }) => rule);
  }

  listenerFault(now: number): ListenerFault {
    const whole = this.#entries.filter(({ rule }) => isListenerRule(rule));
    const active = whole.filter(({ rule, since }) => isInForce(rule, since, now));
    // Refused connections cannot be counted. A rule that is in force counts as hit.
    for (const entry of active) entry.hits = 1;
    return {
      refuse: active.some(({ rule }) => rule.refuse === true),
      certificate: active.find(({ rule }) => rule.certificate !== undefined)?.rule.certificate,
      until: Math.min(Infinity, ...whole.map(({ rule, since }) => nextChange(rule, since, now))),
    };
  }

  /** The faults of one call. Counts a hit for each rule that applies. */
  plan(operation: OperationName, now: number): FaultPlan {
    let plan = NO_FAULT;
    for (const entry of this.#entries) {
      const { rule, since, random, operations } = entry;
      if (
        isListenerRule(rule) ||
        !operations.has(operation) ||
        !isInForce(rule, since, now) ||
        isUsedUp(entry)
      )
        continue;
      if (random() >= (rule.probability ?? 1)) continue;
      const hit = (): void => {
        entry.hits += 1;
      };
      // A rule about entries or reads counts its hit when it refuses one.
      if ((rule.entries ?? rule.reads) === undefined) hit();
      plan = addRule(plan, { rule, inForceMs: now - since - (rule.afterMs ?? 0), hit }, random);
      if (plan.replacement !== undefined) break;
    }
    return plan;
  }
}

function isListenerRule({ refuse, certificate }: CheckedRule): boolean {
  return refuse === true || certificate !== undefined;
}

function hasNoHits({ hits }: Entry): boolean {
  return hits === 0;
}

function isUsedUp({ rule, hits }: Entry): boolean {
  return rule.count !== undefined && hits >= rule.count;
}
