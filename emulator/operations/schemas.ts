import * as v from 'valibot';
import { refusal } from './service-error.ts';

/** Turns a part of a request into a checked value, or throws the service's refusal. */
export type Check<T> = (input: unknown) => T;

/** A check by a valibot schema. `where` names the part of the request if the refusal cannot name a field. */
export function schemaCheck<const S extends v.GenericSchema>(
  where: 'query' | 'body',
  schema: S,
): Check<v.InferOutput<S>> {
  return (input) => {
    const result = v.safeParse(schema, input, { abortEarly: true });
    if (result.success) return result.output;
    const [issue] = result.issues;
    const name = v.getDotPath(issue) ?? where;
    if (issue.received === 'undefined') throw refusal.missing(name);
    throw refusal.invalid(`${name}: ${issue.message}`);
  };
}

/** RFC 3339, as the SDKs send it, to milliseconds since 1970. */
export const Time = v.pipe(
  v.string(),
  v.check((text) => timeOf(text) !== undefined, 'must be an RFC 3339 time'),
  v.transform((text) => timeOf(text)!),
);

export function integer(min: number, max: number) {
  const message = `must be an integer between ${min} and ${max}`;
  return v.pipe(
    v.number(message),
    v.safeInteger(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

/** An integer in a query string. */
export function integerText(min: number, max: number) {
  const message = `must be an integer between ${min} and ${max}`;
  return v.pipe(v.string(), v.regex(/^-?\d{1,15}$/, message), v.transform(Number), integer(min, max));
}

export function text(maxLength: number) {
  return v.pipe(v.string(), v.minLength(1), v.maxLength(maxLength));
}

/** The service treats null as absent. */
export function optional<const S extends v.GenericSchema>(schema: S) {
  return v.pipe(
    v.nullish(schema),
    v.transform((value) => value ?? undefined),
  );
}

/** Only plain values: JSON.stringify would fail on a value that is nested too deeply. */
const TagValue = v.union([v.string(), v.number(), v.boolean(), v.null()]);

/**
 * Limits of tags per resource, from OCI's documentation ("Tags: Limits"): 10 free-form and 64 defined tags, keys of 100 characters,
 * values of 256, 5 KB of JSON. The text of a refusal is (unconfirmed).
 */
const MAX_FREEFORM = 10;
const MAX_DEFINED = 64;
const MAX_TAG_JSON = 5 * 1024;
const TagKey = v.pipe(v.string(), v.minLength(1), v.maxLength(100));

/** Namespace to (key to value). */
function byNamespace<const S extends v.GenericSchema>(schema: S) {
  return v.pipe(
    v.record(TagKey, v.record(TagKey, schema)),
    v.check(
      (given) => Object.values(given).reduce((sum, keys) => sum + Object.keys(keys).length, 0) <= MAX_DEFINED,
      `must be at most ${MAX_DEFINED} tags`,
    ),
    v.check((given) => isSmall(given), `must be at most ${MAX_TAG_JSON} characters of JSON`),
  );
}

function isSmall(given: unknown): boolean {
  return JSON.stringify(given).length <= MAX_TAG_JSON;
}

/** Namespace to (key to {value, mode}). The limits are those of tags. (unconfirmed) */
export const SecurityAttributes = optional(byNamespace(v.record(TagKey, TagValue)));

export const Tags = {
  freeformTags: optional(
    v.pipe(
      v.record(TagKey, v.pipe(v.string(), v.maxLength(256))),
      v.check((given) => Object.keys(given).length <= MAX_FREEFORM, `must be at most ${MAX_FREEFORM} tags`),
      v.check((given) => isSmall(given), `must be at most ${MAX_TAG_JSON} characters of JSON`),
    ),
  ),
  definedTags: optional(byNamespace(TagValue)),
};

/**
 * Milliseconds since 1970 of an RFC 3339 time (fractions of up to 9 digits, `Z` or an offset). Undefined for any other text, and for
 * a date that does not exist, such as 30 February: `Date` would read it as a day of March.
 */
export function timeOf(text: string): number | undefined {
  const day = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.exec(text)?.[1];
  const time = Date.parse(text);
  if (day === undefined || Number.isNaN(time)) return undefined;
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? time : undefined;
}
