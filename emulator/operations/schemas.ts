import * as v from 'valibot';
import { refusal } from './service-error.ts';

/** Takes what came over the wire to what an operation may rely on, or throws the service's refusal. */
export type Check<T> = (input: unknown) => T;

/** A check by a valibot schema. `where` names the part of the request in the refusal. */
export function shape<const S extends v.GenericSchema>(
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

/** RFC 3339, as the SDKs send it. Gives milliseconds since 1970. */
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

/** Absent and null mean the same to the service. */
export function maybe<const S extends v.GenericSchema>(schema: S) {
  return v.pipe(
    v.nullish(schema),
    v.transform((value) => value ?? undefined),
  );
}

/** What a tag can be worth. Anything deeper could be stored, and then be too deep to be shown. */
const TagValue = v.union([v.string(), v.number(), v.boolean(), v.null()]);

/**
 * What a resource may bear, as "Tags: Limits" of OCI's documentation has it: 10 free-form and 64 defined tags, keys of 100
 * characters, values of 256, 5 KB of JSON. What a refusal says is (unconfirmed).
 */
const MAX_FREEFORM = 10;
const MAX_DEFINED = 64;
const MAX_TAG_JSON = 5 * 1024;
const TagKey = v.pipe(v.string(), v.minLength(1), v.maxLength(100));

/** Namespace to (key to value). */
function spaces<const S extends v.GenericSchema>(schema: S) {
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

/** Namespace to (key to {value, mode}). That they are limited as tags are is (unconfirmed). */
export const SecurityAttributes = maybe(spaces(v.record(TagKey, TagValue)));

export const Tags = {
  freeformTags: maybe(
    v.pipe(
      v.record(TagKey, v.pipe(v.string(), v.maxLength(256))),
      v.check((given) => Object.keys(given).length <= MAX_FREEFORM, `must be at most ${MAX_FREEFORM} tags`),
      v.check((given) => isSmall(given), `must be at most ${MAX_TAG_JSON} characters of JSON`),
    ),
  ),
  definedTags: maybe(spaces(TagValue)),
};

/**
 * Milliseconds since 1970 of an RFC 3339 time with 0 to 9 digits of a second's fraction and `Z` or an offset; undefined for
 * what is none. A day that is in no calendar is none: `Date` would take it for one of the next month.
 */
export function timeOf(text: string): number | undefined {
  const day = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.exec(text)?.[1];
  const time = Date.parse(text);
  if (day === undefined || Number.isNaN(time)) return undefined;
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? time : undefined;
}
