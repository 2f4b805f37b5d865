import * as v from 'valibot';
import { applicabilityProblem } from './applicable-operations.ts';
import { type OperationName, validations } from '../operations/validations.ts';

const operationNames = Object.keys(validations) as [OperationName, ...OperationName[]];
const Operation = v.picklist(operationNames, ({ received }) => `${received} is not an operation`);
// 0 would never have an effect, so it is refused as a mistake.
const Probability = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const PositiveMilliseconds = v.pipe(v.number(), v.finite(), v.minValue(1));

const ErrorStatus = v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599));
const Partition = v.union([v.string(), v.pipe(v.number(), v.transform(String))]);

/** Entries that a put refuses in its 200. An entry must match every condition: index, partition, key. */
const EntryFault = v.strictObject({
  status: v.picklist([429, 500]),
  /** For each entry that matches. Default 1. */
  probability: v.optional(Probability),
  /** Indexes in the request, from 0. */
  indexes: v.optional(v.array(Count)),
  partition: v.optional(Partition),
  /** Keys as text (UTF-8), not as base64. */
  keys: v.optional(v.array(v.string())),
});

/** Reads of a partition that fail (of any partition, if none is named). A group still reads its other partitions. */
const ReadFault = v.strictObject({
  status: ErrorStatus,
  /** For each read that matches. Default 1. */
  probability: v.optional(Probability),
  partition: v.optional(Partition),
});

/** Another value of these headers would only break the connection. */
const FRAMING = /^(?:content-length|transfer-encoding)$/i;

/** What a rule does. */
const effects = {
  /** Answers with this status instead of performing the call. */
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
  /** The code of the error body. Default: the service's code for the status. */
  code: v.optional(v.string()),
  message: v.optional(v.string()),
  /** Headers that are added to the answer, or replace its own. */
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
  /** Waits before performing the call. `{fromMs, toMs, overMs}` is a brown-out: the wait grows from `fromMs` to `toMs`. */
  latencyMs: v.optional(
    v.union([
      Milliseconds,
      v.strictObject({ fromMs: Milliseconds, toMs: Milliseconds, overMs: PositiveMilliseconds }),
    ]),
  ),
  /** Reads the request and never answers. */
  hang: v.optional(v.literal(true)),
  /** Refuses new connections (nothing listens) and resets open ones. For the whole region. */
  refuse: v.optional(v.literal(true)),
  /** Presents a certificate that is expired, or signed by an authority that the caller does not trust. Needs TLS. For the whole region. */
  certificate: v.optional(v.picklist(['expired', 'foreign'])),
  /** Resets the connection before the call is performed, or after: then it was performed, and the caller does not know. */
  reset: v.optional(v.picklist(['before', 'after'])),
  /** Resets the connection after so many bytes of the answer's body. The call was performed. */
  resetAfterBytes: v.optional(Count),
  entries: v.optional(EntryFault),
  reads: v.optional(ReadFault),
  /** Sends only so many bytes of the body, with a content-length that fits them. */
  truncate: v.optional(Count),
  /** Replaces the body, for example with a proxy's HTML page. */
  body: v.optional(v.string()),
  contentType: v.optional(v.pipe(v.string(), v.regex(/^[\t -~]*$/))),
  /** Sends the body at this rate. */
  bodyBytesPerSecond: v.optional(v.pipe(v.number(), v.minValue(1))),
  /** The 200 of a put lacks so many entries. */
  fewerEntries: v.optional(Count),
  /** The created resource stays CREATING for ever, or becomes FAILED. */
  creationEnds: v.optional(v.picklist(['stuck', 'failed'])),
  /** Removes messages older than this, even if the stream's own retention is longer. Cursors and groups can lose their position. */
  retentionMs: v.optional(Milliseconds),
  /** The service's clock is so much ahead (negative: behind). It shows in `Date`, and in the check of signed dates. */
  clockSkewMs: v.optional(v.pipe(v.number(), v.finite())),
};

/** Which calls, and when. Default: every call, from now on. */
const conditions = {
  operation: v.optional(v.union([Operation, v.pipe(v.array(Operation), v.minLength(1))])),
  /** Only the calls of one plane. */
  plane: v.optional(v.picklist(['admin', 'data'])),
  /** For each call that matches. Default 1. */
  probability: v.optional(Probability),
  /** The rule ends after so many hits. */
  count: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  /** The rule starts so long after it was set. */
  afterMs: v.optional(Milliseconds),
  /** The rule ends so long after its start. */
  forMs: v.optional(Milliseconds),
  /** In force for `downMs`, not in force for `upMs`, and so on. */
  flap: v.optional(v.strictObject({ downMs: PositiveMilliseconds, upMs: PositiveMilliseconds })),
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
    'status, hang and reset exclude one another: give each a rule of its own',
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
    (rule) => applicabilityProblem(rule) === undefined,
    ({ input }) => applicabilityProblem(input)!,
  ),
);

export type FaultRule = v.InferInput<typeof FaultRule>;
export type CheckedRule = v.InferOutput<typeof FaultRule>;

export class FaultRuleError extends Error {}

/** Checks one rule or an array of rules. Throws a `FaultRuleError` that names the field. */
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
