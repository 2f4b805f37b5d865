import type { Reading } from '../../consumer/index.ts';
import { EXIT } from '../exit-codes.ts';

/** Why a bounded read cannot say that it read everything; empty when it can. */
export function unreached(readings: readonly Reading[]): string[] {
  return readings.flatMap(({ region, isAbsent, health }) => {
    switch (health.type) {
      case 'answering':
        return [];
      case 'unknown':
        // There is no stream before the first failover.
        if (isAbsent) return [];
        return [`${region} has not answered yet`];
      case 'retrying':
      case 'failing':
        return [`${region} does not answer: ${health.latest}`];
      case 'renewing':
        return [`${region} takes no cursor`];
      case 'refused':
        return [`${region} refuses to be read: ${health.latest}`];
    }
  });
}

/** Whether a region that has not answered can still do so. */
export function isPending(readings: readonly Reading[]): boolean {
  return readings.some(
    ({ isAbsent, health }) =>
      (health.type === 'unknown' && !isAbsent) ||
      health.type === 'retrying' ||
      health.type === 'renewing' ||
      (health.type === 'refused' && !health.final),
  );
}

/** What ended a read. */
export type ReadEnd =
  | { readonly type: 'count' }
  | { readonly type: 'idle'; readonly unreached: readonly string[] }
  | { readonly type: 'interrupted'; readonly code: number }
  /** Nobody reads standard output any more (`| head`), or it cannot be written. */
  | { readonly type: 'output'; readonly readerIsGone: boolean };

/** The exit code of a read. `isBounded`: `--count` or `--until-idle` asked for an end. */
export function consumerExitCode(
  end: ReadEnd,
  isBounded: { readonly count: boolean; readonly any: boolean },
): number {
  switch (end.type) {
    case 'count':
      return EXIT.done;
    case 'idle':
      return end.unreached.length === 0 && !isBounded.count ? EXIT.done : EXIT.failed;
    case 'interrupted':
      return isBounded.any ? end.code : EXIT.done;
    case 'output':
      return end.readerIsGone && !isBounded.count ? EXIT.done : EXIT.failed;
  }
}
