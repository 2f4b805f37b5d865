import { EXIT } from '../exit-codes.ts';

/** What ended a read. */
export type ReadEnd =
  | { readonly type: 'count' }
  | { readonly type: 'idle'; readonly unreached: readonly string[] }
  | { readonly type: 'interrupted'; readonly code: number }
  /** The command of `--exec` did not run. */
  | { readonly type: 'command'; readonly problem: string }
  /** The reader of standard output is gone (`| head`), or it cannot be written. */
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
    case 'command':
      return EXIT.failed;
    case 'output':
      return end.readerIsGone && !isBounded.count ? EXIT.done : EXIT.failed;
  }
}

/** What a summary says of the end of a read that did not do all that was asked for. */
export function whyEnded(end: ReadEnd): string[] {
  switch (end.type) {
    case 'count':
      return [];
    case 'idle':
      return end.unreached.length === 0
        ? ['Nothing came any more.']
        : [`Not everything could be read: ${end.unreached.join('; ')}.`];
    case 'interrupted':
      return ['Interrupted before the end.'];
    case 'command':
      return [
        `The command of --exec could not be run (${end.problem}): correct it. Its message is not committed, and comes again.`,
      ];
    case 'output':
      return [
        end.readerIsGone ? 'The reader of standard output went away.' : 'Standard output cannot be written.',
      ];
  }
}
