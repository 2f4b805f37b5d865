import type { OperationName } from '../operations/index.ts';

const PUT = ['PutMessages'] as const;

/** The effects that can touch only some operations, and these. All other effects can touch every call. */
const NARROW = {
  creationEnds: ['CreateStream', 'CreateStreamPool', 'CreateConnectHarness'],
  fewerEntries: PUT,
  entries: PUT,
  reads: ['GetMessages'],
} as const satisfies Readonly<Record<string, readonly OperationName[]>>;

const NARROW_EFFECTS = Object.keys(NARROW) as (keyof typeof NARROW)[];

type Rule = Readonly<Record<string, unknown>>;

/** The operations that a rule with these effects can touch; undefined for all. */
export function reachOf(rule: Rule, effects: readonly string[]): readonly string[] | undefined {
  const given = effects.filter((effect) => rule[effect] !== undefined);
  const narrow = NARROW_EFFECTS.filter((effect) => given.includes(effect));
  return narrow.length < given.length ? undefined : narrow.flatMap((effect) => NARROW[effect]);
}

/** What a rule asks for that cannot be: an effect with none of the operations that it can touch, or an operation with no effect. */
export function outOfReach(
  rule: Rule,
  effects: readonly string[],
  named: readonly string[],
): string | undefined {
  const idle = NARROW_EFFECTS.find(
    (effect) => rule[effect] !== undefined && !NARROW[effect].some((operation) => named.includes(operation)),
  );
  if (idle !== undefined) return `${idle} can touch ${NARROW[idle].join(', ')} only, not ${named.join(', ')}`;
  const reach = reachOf(rule, effects);
  const beyond = reach === undefined ? undefined : named.find((operation) => !reach.includes(operation));
  return beyond === undefined ? undefined : `nothing in it can touch ${beyond}, only ${reach!.join(', ')}`;
}
