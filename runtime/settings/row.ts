import * as v from 'valibot';

/** The headings of `--help`, in its order. */
export const SECTIONS = Object.freeze({
  where: 'Where:',
  who: 'Who:',
  retrying: 'Retrying:',
  switching: 'Failing over and back:',
  messages: 'Messages:',
  sending: 'Sending:',
  outbox: 'Outbox:',
  reading: 'Reading:',
  ending: 'Ending:',
});

/** One setting: where it comes from, what it may be, and the words of its doc comment and of `--help`. */
export interface Row<T> {
  readonly section: keyof typeof SECTIONS;
  /** Variables of the environment; of several the first that is set counts. */
  readonly env?: string | readonly string[];
  readonly about: string;
  /** For people: the range and the unit of an option. */
  readonly range: string;
  /** For people: the same of a flag or a variable, which are text. */
  readonly textRange: string;
  /** Values that another one is most likely a mistyped form of. */
  readonly known?: readonly string[];
  /** What `--help` shows in place of the value: `duration`, `ocid`, … */
  readonly placeholder: string;
  /** Absent: the setting has no default and may stay unset. */
  readonly default?: T;
  /** The default on the command line, where it is another one. */
  readonly commandLineDefault?: T;
  /** The value of a flag or a variable; a text that it cannot read stays as it is and is refused by `schema`. */
  readonly fromText: (text: string) => unknown;
  readonly schema: v.GenericSchema<unknown, T>;
}

/** A row for each option of a type. */
export type RowsOf<Options> = { readonly [K in keyof Options]-?: Row<NonNullable<Options[K]> | undefined> };

type Words = Pick<Row<unknown>, 'section' | 'env' | 'about'>;
type Bounds = { readonly min: number; readonly max: number; readonly default: number };

/** The variables of the environment that stand for a setting. */
export function variablesOf({ env = [] }: Pick<Row<unknown>, 'env'>): readonly string[] {
  return typeof env === 'string' ? [env] : env;
}

/** `requestTimeoutMs` is `request-timeout` on the command line, without dashes in front: there a unit can be given. */
export function flagOf(name: string): string {
  return name.replace(/Ms$/, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const PER_UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const PER_SIZE = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Milliseconds; as text also with a unit: `250`, `250ms`, `2s`, `5m`, `1h`. */
export function duration(words: Words & Bounds): Row<number> {
  const range = `${words.min}..${words.max} ms`;
  return {
    ...numeric(words, range, PER_UNIT),
    textRange: `${range} (or 2s, 5m, 1h)`,
    placeholder: 'duration',
  };
}

/** Bytes; as text also with a unit: `65536`, `64KiB`, `1MiB`. */
export function size(words: Words & Bounds): Row<number> {
  const range = `${words.min}..${words.max} bytes`;
  return { ...numeric(words, range, PER_SIZE), textRange: `${range} (or 64KiB, 1MiB)`, placeholder: 'size' };
}

export function count(words: Words & Bounds): Row<number> {
  return numeric(words, `${words.min}..${words.max}`, {});
}

function numeric(words: Words & Bounds, range: string, units: Readonly<Record<string, number>>): Row<number> {
  const schema = v.pipe(
    v.number('is not a number'),
    v.integer('is not a whole number'),
    v.minValue(words.min, 'is too small'),
    v.maxValue(words.max, 'is too large'),
  );
  const fromText = (text: string): unknown => {
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
    const factor = unit === '' ? 1 : units[unit];
    return amount === undefined || factor === undefined ? text : Number(amount) * factor;
  };
  return { ...words, range, textRange: range, placeholder: 'n', fromText, schema };
}

const YES_OR_NO: Readonly<Record<string, boolean>> = {
  yes: true,
  no: false,
  true: true,
  false: false,
  '1': true,
  '0': false,
};

export function yesNo(
  words: Words & { readonly default: boolean; readonly commandLineDefault?: boolean },
): Row<boolean> {
  return {
    ...words,
    range: 'true or false',
    textRange: 'yes or no',
    placeholder: 'yes|no',
    fromText: (text) => YES_OR_NO[text.toLowerCase()] ?? text,
    schema: v.boolean('is neither yes nor no'),
  };
}

export function oneOf<const T extends string>(
  words: Words & {
    readonly values: readonly T[];
    readonly default: T;
    readonly commandLineDefault?: NoInfer<T>;
  },
): Row<T> {
  const range = words.values.join(' | ');
  return {
    ...words,
    range,
    textRange: range,
    placeholder: 'choice',
    fromText: (text) => text,
    schema: v.picklist(words.values, 'is not one of these'),
  };
}

interface TextWords extends Words {
  readonly pattern: RegExp;
  readonly known?: readonly string[];
  readonly range: string;
  readonly placeholder: string;
}

/** Text that matches `pattern`; unset when there is no default. */
export function text(words: TextWords & { readonly default: string }): Row<string>;
export function text(words: TextWords): Row<string | undefined>;
export function text(words: TextWords & { readonly default?: string }): Row<string | undefined> {
  const schema = v.pipe(v.string('is not text'), v.trim(), v.regex(words.pattern, 'does not look right'));
  return { ...words, textRange: words.range, fromText: (given) => given, schema: v.optional(schema) };
}

/** What names and identifiers of OCI look like. */
export const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
export const NAME = /^[A-Za-z0-9_.-]{1,255}$/;
export const ocidOf = (type: string): RegExp =>
  new RegExp(`^ocid1\\.${type}\\.[a-z0-9]+\\.[a-z0-9-]*\\.\\S+$`);
