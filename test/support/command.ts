/** What `npm run simulate`, `bench` and `drill` share: each is used by people and by scripts. */
import { constants } from 'node:os';

let tellUnfinished = (): void => {};

// As an exit, so that directories and processes of this one go with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    tellUnfinished();
    process.exit(128 + constants.signals[signal]);
  });

/** A signal that ends the program before its work is done calls this first. */
export function whenInterrupted(tell: () => void): void {
  tellUnfinished = tell;
}

process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // The reader of a pipe has enough (`| head`).
  if (code !== 'EPIPE') process.stderr.write(`Standard output cannot be written any more (${code}).\n`);
  process.exit(1);
});

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Ends the program before it has done anything. */
export function refuse(problem: string): never {
  process.stderr.write(`${problem}\n`);
  process.exit(2);
}

/** The number that an option was given; undefined when it was not. What is no number from `least` on ends the program. */
export function numberOf(
  option: string,
  given: string | undefined,
  { least, isWhole }: { readonly least: number; readonly isWhole: boolean },
): number | undefined {
  if (given === undefined) return undefined;
  const number = Number(given);
  const isOne = isWhole ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (given.trim() !== '' && isOne && number >= least) return number;
  return refuse(
    `--${option} ${given} is not a ${isWhole ? 'whole ' : ''}number from ${least} on; --help lists the options`,
  );
}
