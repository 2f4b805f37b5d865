import { isDeepStrictEqual } from 'node:util';
import type { Properties } from './kind.ts';

export interface Changes {
  /** Properties that differ. */
  readonly changed: string[];
  /** Those among them that make another resource necessary. */
  readonly replacing: string[];
}

/**
 * What differs between two sets of inputs. A property that the program does not mention is left to the service, as the
 * real provider leaves it: no change.
 */
export function changesBetween(before: Properties, after: Properties, fixed: readonly string[]): Changes {
  const changed = Object.keys(after).filter(
    (key) => !key.startsWith('__') && !isDeepStrictEqual(before[key], after[key]),
  );
  return { changed, replacing: changed.filter((key) => fixed.includes(key)) };
}
