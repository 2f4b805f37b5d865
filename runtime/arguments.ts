import { HaError } from './errors.ts';

/** What an argument may be, and the words for it. */
const KINDS = {
  function: { words: 'a function', fits: (value: unknown) => typeof value === 'function' },
  boolean: { words: 'true or false', fits: (value: unknown) => typeof value === 'boolean' },
  text: { words: 'text', fits: (value: unknown) => typeof value === 'string' },
  amount: {
    words: 'a number from 0',
    fits: (value: unknown) => typeof value === 'number' && value >= 0,
  },
  object: { words: 'an object', fits: (value: unknown) => typeof value === 'object' && value !== null },
  // Not `instanceof`: one of another realm, or of a polyfill, works as well.
  signal: {
    words: 'an AbortSignal',
    fits: (value: unknown) =>
      typeof (value as AbortSignal | null)?.addEventListener === 'function' && 'aborted' in (value as object),
  },
} as const;

type Kind = keyof typeof KINDS;

/**
 * For JavaScript, where everything compiles: what a call cannot use would else be ignored, or fail later in a place that the caller
 * does not know.
 * @throws HaError `CONFIG`
 */
export function checkArgument(call: string, name: string, value: unknown, kind: Kind): void {
  const { words, fits } = KINDS[kind];
  if (fits(value)) return;
  const given = kind === 'amount' && typeof value === 'number' ? value : typeOf(value);
  throw new HaError('CONFIG', `${call}: ${name} is ${given}; give ${words}.`);
}

/** The fields of an object of arguments; those that are undefined are left out. @throws HaError `CONFIG` */
export function checkArguments(call: string, given: object, kinds: Readonly<Record<string, Kind>>): void {
  checkArgument(call, 'what is given', given, 'object');
  for (const [name, value] of Object.entries(given)) {
    const kind = kinds[name];
    if (kind === undefined) {
      const known = Object.keys(kinds).join(', ');
      throw new HaError('CONFIG', `${call}: ${name} is unknown; there are ${known}.`);
    }
    if (value !== undefined) checkArgument(call, name, value, kind);
  }
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
