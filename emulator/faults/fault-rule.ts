import * as v from 'valibot';
import { outOfReach } from './applicable-operations.ts';
import { type OperationName, validations } from '../operations/validations.ts';

const operationNames = Object.keys(validations) as [OperationName, ...OperationName[]];
const Operation = v.picklist(operationNames, ({ received }) => `${received} is not an operation`);
// Of 0 nothing would come: whoever gives it means another number.
const Probability = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const SomeMilliseconds = v.pipe(v.number(), v.finite(), v.minValue(1));

const ErrorStatus = v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599));
const Partition = v.union([v.string(), v.pipe(v.number(), v.transform(String))]);

/** Entries that a put refuses inside its 200. All that is given must fit: index, partition, key. */
const EntryFault = v.strictObject({
  status: v.picklist([429, 500]),
  /** Of each entry that fits. Default 1. */
  probability: v.optional(Probability),
  /** Places in the request, from 0. */
  indexes: v.optional(v.array(Count)),
  partition: v.optional(Partition),
  /** Keys as text (UTF-8), not as base64. */
  keys: v.optional(v.array(v.string())),
});

/** Reads that fail when they come to a partition (to any, if none is named); a group's other partitions are read. */
const ReadFault = v.strictObject({
  status: ErrorStatus,
  /** Of each read that fits. Default 1. */
  probability: v.optional(Probability),
  partition: v.optional(Partition),
});

/** With another value, no more than a garbled connection would come of it. */
const FRAMING = /^(?:content-length|transfer-encoding)$/i;

/** What a rule may do. */
const effects = {
  /** Answers with this status instead of handling the call. */
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
  /** Of the error body; the service's own for the status by default. */
  code: v.optional(v.string()),
  message: v.optional(v.string()),
  /** Added to the answer, or put in place of its own. */
  headers: v.optional(
    v.record(
      v.pipe(
        v.string(),
        v.regex(/^[\w-]+$/),
        v.check((name) => !FRAMING.test(name), 'says how long the body is: use truncate or resetAfterBytes'),
      ),
      v.pipe(v.string(), v.regex(/^[\t -~]*$/)),
    ),
  ),
  /** Waits before handling the call. Two numbers make a brown-out: the wait grows from one to the other. */
  latencyMs: v.optional(
    v.union([
      Milliseconds,
      v.strictObject({ fromMs: Milliseconds, toMs: Milliseconds, overMs: SomeMilliseconds }),
    ]),
  ),
  /** Takes the request and never answers. */
  hang: v.optional(v.literal(true)),
  /** New connections are refused (nothing listens) and open ones are cut. For the region as a whole. */
  refuse: v.optional(v.literal(true)),
  /** Shows a certificate that is past its time, or that nobody the caller trusts has signed. Needs TLS. For the region as a whole. */
  certificate: v.optional(v.picklist(['expired', 'foreign'])),
  /** Cuts the connection before the call is handled, or after: then it has happened, and nobody is told. */
  reset: v.optional(v.picklist(['before', 'after'])),
  /** Cuts the connection after so many bytes of the answer's body; the call has happened. */
  resetAfterBytes: v.optional(Count),
  entries: v.optional(EntryFault),
  reads: v.optional(ReadFault),
  /** Sends only the first so many bytes of the body, as if that were all. */
  truncate: v.optional(Count),
  /** Sent in place of the body: a proxy's HTML page, for example. */
  body: v.optional(v.string()),
  contentType: v.optional(v.pipe(v.string(), v.regex(/^[\t -~]*$/))),
  /** The body trickles. */
  bodyBytesPerSecond: v.optional(v.pipe(v.number(), v.minValue(1))),
  /** A put's 200 names so many entries fewer than there were messages. */
  fewerEntries: v.optional(Count),
  /** Of a create call: the resource stays CREATING for ever, or goes FAILED. */
  creationEnds: v.optional(v.picklist(['stuck', 'failed'])),
  /** Retention takes what is older than this, whatever the stream's own: it overtakes cursors, and groups in use. */
  retentionMs: v.optional(Milliseconds),
  /** The service's clock is so much ahead (or behind): it says so in `Date`, and refuses what is dated otherwise. */
  clockSkewMs: v.optional(v.pipe(v.number(), v.finite())),
};

/** Which calls, and when. Without any of it: every call, from now on. */
const conditions = {
  operation: v.optional(v.union([Operation, v.pipe(v.array(Operation), v.minLength(1))])),
  /** Only the calls of one plane. */
  plane: v.optional(v.picklist(['admin', 'data'])),
  /** Of each call that fits. Default 1. */
  probability: v.optional(Probability),
  /** Is spent after so many hits. */
  count: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  /** Begins so long after it was set. */
  afterMs: v.optional(Milliseconds),
  /** Is over so long after it began. */
  forMs: v.optional(Milliseconds),
  /** In force for `downMs`, not for `upMs`, and again. */
  flap: v.optional(v.strictObject({ downMs: SomeMilliseconds, upMs: SomeMilliseconds })),
};

const EFFECTS = (Object.keys(effects) as (keyof typeof effects)[]).filter(
  (effect) => !['code', 'message', 'contentType'].includes(effect),
);

const FaultRule = v.pipe(
  v.strictObject({ ...effects, ...conditions }),
  v.check(
    (rule) => EFFECTS.some((effect) => rule[effect] !== undefined),
    () => `a rule needs at least one of ${EFFECTS.join(', ')}`,
  ),
  v.check(
    ({ status, hang, reset }) => [status, hang, reset].filter((each) => each !== undefined).length <= 1,
    'status, hang and reset take the place of one another: give each a rule of its own',
  ),
  v.check(
    ({ status, code, message }) => status !== undefined || (code ?? message) === undefined,
    'code and message go with status',
  ),
  v.check(
    ({ body, contentType }) => body !== undefined || contentType === undefined,
    'contentType goes with body',
  ),
  v.check(
    ({ refuse, certificate, operation, plane, probability, count }) =>
      (refuse ?? certificate) === undefined || (operation ?? plane ?? probability ?? count) === undefined,
    'refuse and certificate are for the whole region: they go with afterMs, forMs and flap only',
  ),
  v.check(
    (rule) => outOfReach(rule) === undefined,
    ({ input }) => outOfReach(input)!,
  ),
);

export type FaultRule = v.InferInput<typeof FaultRule>;
export type CheckedRule = v.InferOutput<typeof FaultRule>;

export class FaultRuleError extends Error {}

/** One rule or several, as they come from outside. Throws a `FaultRuleError` that names the field. */
export function checkedRules(input: unknown): CheckedRule[] {
  const result = v.safeParse(v.array(FaultRule), Array.isArray(input) ? input : [input]);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? '';
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    throw new FaultRuleError(`rule ${path}: there is no such field`);
  }
  throw new FaultRuleError(`rule ${path}: ${issue.message}`);
}
