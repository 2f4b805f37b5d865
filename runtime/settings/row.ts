import * as v from 'valibot';

/** One setting: where it comes from, what it may be, and the words that `--help` shows. */
export interface Row<T> {
  /** The command line's flag, without dashes. The option of a program has the key's name in the table. */
  readonly flag: string;
  /** Variables of the environment; of several the first that is set counts. */
  readonly env?: string | readonly string[];
  readonly about: string;
  /** For people: the range and the unit of what may be given. */
  readonly range: string;
  /** What `--help` shows in place of the value: `duration`, `ocid`, … */
  readonly placeholder: string;
  /** Absent: the setting has no default and may stay unset. */
  readonly default?: T;
  readonly schema: v.GenericSchema<unknown, T>;
}

/** The variables of the environment that stand for a setting. */
export function variablesOf({ env = [] }: Pick<Row<unknown>, 'env'>): readonly string[] {
  return typeof env === 'string' ? [env] : env;
}

interface Words {
  readonly flag: string;
  readonly env?: string | readonly string[];
  readonly about: string;
}

const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/;
const PER_UNIT: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const SIZE = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB)?$/;
const PER_SIZE: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Milliseconds; as text also with a unit: `250`, `250ms`, `2s`, `5m`, `1h`. */
export function duration(words: Words & { min: number; max: number; default: number }): Row<number> {
  return measured(words, DURATION, PER_UNIT, `${words.min}..${words.max} ms (or 2s, 5m, 1h)`, 'duration');
}

/** Bytes; as text also with a unit: `65536`, `64KiB`, `1MiB`. */
export function size(words: Words & { min: number; max: number; default: number }): Row<number> {
  return measured(words, SIZE, PER_SIZE, `${words.min}..${words.max} bytes (or 64KiB, 1MiB)`, 'size');
}

export function count(words: Words & { min: number; max: number; default: number }): Row<number> {
  return measured(words, /^(\d+)()$/, {}, `${words.min}..${words.max}`, 'n');
}

function measured(
  words: Words & { min: number; max: number; default: number },
  pattern: RegExp,
  units: Record<string, number>,
  range: string,
  placeholder: string,
): Row<number> {
  const fromText = (given: unknown): unknown => {
    if (typeof given !== 'string') return given;
    const [, amount, unit] = pattern.exec(given.trim()) ?? [];
    return amount === undefined ? given : Number(amount) * (units[unit ?? ''] ?? 1);
  };
  const schema = v.pipe(
    v.unknown(),
    v.transform(fromText),
    v.number('is not a number'),
    v.integer('is not a whole number'),
    v.minValue(words.min, 'is too small'),
    v.maxValue(words.max, 'is too large'),
  );
  return { ...words, range, placeholder, schema };
}

export function yesNo(words: Words & { default: boolean }): Row<boolean> {
  const texts: Record<string, boolean> = {
    true: true,
    false: false,
    '1': true,
    '0': false,
    yes: true,
    no: false,
  };
  const schema = v.pipe(
    v.unknown(),
    v.transform((given) => (typeof given === 'string' ? (texts[given.toLowerCase()] ?? given) : given)),
    v.boolean('is neither yes nor no'),
  );
  return { ...words, range: 'yes or no', placeholder: 'yes|no', schema };
}

export function oneOf<const T extends string>(words: Words & { values: readonly T[]; default: T }): Row<T> {
  return {
    ...words,
    range: words.values.join(' | '),
    placeholder: words.flag,
    schema: v.picklist(words.values, 'is not one of these'),
  };
}

interface TextWords extends Words {
  readonly pattern: RegExp;
  readonly range: string;
  readonly placeholder: string;
}

/** Text that matches `pattern`; unset when there is no default. */
export function text(words: TextWords & { default: string }): Row<string>;
export function text(words: TextWords): Row<string | undefined>;
export function text(words: TextWords & { default?: string }): Row<string | undefined> {
  const schema = v.pipe(v.string('is not text'), v.trim(), v.regex(words.pattern, 'does not look right'));
  return { ...words, schema: v.optional(schema) };
}
