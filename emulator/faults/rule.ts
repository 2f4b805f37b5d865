import * as v from 'valibot';
import { validations, type OperationName } from '../operations/index.ts';

const operationNames = Object.keys(validations) as [OperationName, ...OperationName[]];
const Operation = v.picklist(operationNames, ({ received }) => `${received} is not an operation`);
const Probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Milliseconds = v.pipe(v.number(), v.minValue(0));

/** Entries that a put refuses inside its 200. All that is given must fit: index, partition, key. */
const EntryFault = v.strictObject({
  status: v.picklist([429, 500]),
  /** Of each entry that fits. Default 1. */
  probability: v.optional(Probability),
  /** Places in the request, from 0. */
  indexes: v.optional(v.array(Count)),
  partition: v.optional(v.union([v.string(), v.pipe(v.number(), v.transform(String))])),
  /** Keys as text (UTF-8), not as base64. */
  keys: v.optional(v.array(v.string())),
});

/**
 * One fault. What a rule may do comes first, then when it does it. Without `operation` it is every operation's.
 */
const FaultRule = v.pipe(
  v.strictObject({
    /** Answers with this status instead of handling the call. */
    status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
    /** Of the error body; the service's own for the status by default. */
    code: v.optional(v.string()),
    message: v.optional(v.string()),
    /** Added to the answer, or put in place of its own. */
    headers: v.optional(v.record(v.string(), v.string())),
    /** Waits before handling the call. */
    latencyMs: v.optional(Milliseconds),
    /** Takes the request and never answers. */
    hang: v.optional(v.literal(true)),
    /** New connections are refused (nothing listens) and open ones are cut. For the region as a whole. */
    refuse: v.optional(v.literal(true)),
    /** Cuts the connection before the call is handled, or after: then it has happened, and nobody is told. */
    reset: v.optional(v.picklist(['before', 'after'])),
    entries: v.optional(EntryFault),
    /** Sends only the first so many bytes of the body, as if that were all. */
    truncate: v.optional(Count),
    /** Sent in place of the body: a proxy's HTML page, for example. */
    body: v.optional(v.string()),
    contentType: v.optional(v.string()),
    /** A put's 200 names so many entries fewer than there were messages. */
    fewerEntries: v.optional(Count),
    /** Of a create call: the resource stays CREATING for ever, or goes FAILED. */
    creationEnds: v.optional(v.picklist(['stuck', 'failed'])),

    operation: v.optional(v.union([Operation, v.pipe(v.array(Operation), v.minLength(1))])),
    /** Of each call that fits. Default 1. */
    probability: v.optional(Probability),
    /** Is spent after so many hits. */
    count: v.optional(Count),
    /** Is over so long after it was set. */
    forMs: v.optional(Milliseconds),
  }),
  v.check(
    (rule) => EFFECTS.some((effect) => rule[effect] !== undefined),
    () => `a rule needs at least one of ${EFFECTS.join(', ')}`,
  ),
  v.check(
    ({ refuse, operation, probability, count }) =>
      refuse === undefined || (operation ?? probability ?? count) === undefined,
    'refuse is for the whole region and all of the time: it goes with forMs, not with operation, probability or count',
  ),
);

const EFFECTS = [
  'status',
  'headers',
  'latencyMs',
  'hang',
  'refuse',
  'reset',
  'entries',
  'truncate',
  'body',
  'fewerEntries',
  'creationEnds',
] as const;

export type FaultRule = v.InferInput<typeof FaultRule>;
export type CheckedRule = v.InferOutput<typeof FaultRule>;

export class FaultRuleError extends Error {}

/** One rule or several, as they come from outside. Throws a `FaultRuleError` that names the field. */
export function checkedRules(input: unknown): CheckedRule[] {
  const result = v.safeParse(v.array(FaultRule), Array.isArray(input) ? input : [input]);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new FaultRuleError(`rule ${v.getDotPath(issue) ?? ''}: ${issue.message}`);
}
