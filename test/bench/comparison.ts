/** What can be measured in a turn, in the words of a table's head. */
export const FIGURES = {
  perSecond: 'messages/s',
  cpuPerMillion: 'CPU s per million',
  residentMiB: 'RSS, MiB',
  peakMiB: 'peak RSS, MiB',
  addedMiB: 'RSS above that on an empty outbox, MiB',
  p50Ms: 'p50, ms',
  p99Ms: 'p99, ms',
  importMs: 'import, ms',
  openMs: 'open, ms',
  readyMs: 'ready, ms after the start of Node',
  firstReceiptMs: 'first receipt, ms',
  cpuMs: 'CPU, ms',
  gapMs: 'gap, ms',
  turnP9999Ms: 'turns at p99.99, CPU ms',
  turnMs: 'longest turn, CPU ms',
  stallMs: 'longest stall, ms',
  misplaced: 'misplaced messages',
  hoursPerMinute: 'hours simulated per minute of processor time',
} as const;

export type Figure = keyof typeof FIGURES;

/** The figures of one turn. */
export type Sample = Readonly<Partial<Record<Figure, number>>>;

/** One of those that take turns. */
export interface Contestant {
  readonly name: string;
  open(): Promise<Opened>;
}

export interface Opened extends AsyncDisposable {
  turn(): Promise<Sample>;
}

/** What is compared in one go. */
export interface Plan {
  /** As goals.ts names it: the part, a stroke, what is special. */
  readonly id: string;
  /** The work, in words. */
  readonly work: string;
  readonly figures: readonly Figure[];
  /** The first is compared with each of the others. */
  readonly contestants: readonly Contestant[];
  /** Where its turns cost more than others', fewer of them. */
  readonly rounds?: number;
  /** Of programs that are started anew in each turn: nothing is warmed up. */
  readonly isCold?: boolean;
}

export interface Measured {
  readonly name: string;
  /** One sample a round. */
  readonly samples: readonly Sample[];
}

export interface Comparison {
  readonly id: string;
  readonly work: string;
  readonly figures: readonly Figure[];
  readonly contestants: readonly Measured[];
}

/**
 * Contestants take turns, round after round, the last of a round first in the next one; a first round, which is not counted,
 * warms up.
 */
export async function compare(plan: Plan, rounds: number): Promise<Comparison> {
  const { id, work, figures, contestants, isCold = false } = plan;
  const samples = contestants.map((): Sample[] => []);
  await using stack = new AsyncDisposableStack();
  const opened: Opened[] = [];
  for (const contestant of contestants) opened.push(stack.use(await contestant.open()));
  for (let round = isCold ? 1 : 0; round <= Math.min(rounds, plan.rounds ?? rounds); round++) {
    const order = round % 2 === 0 ? [...opened.keys()] : [...opened.keys()].toReversed();
    for (const index of order) {
      const sample = await opened[index]!.turn();
      if (round > 0) samples[index]!.push(sample);
    }
  }
  return {
    id,
    work,
    figures,
    contestants: contestants.map(({ name }, index) => ({ name, samples: samples[index]! })),
  };
}

/** The values of a figure, round by round. @throws Error when a turn did not measure it. */
export function valuesOf({ name, samples }: Measured, figure: Figure): number[] {
  return samples.map((sample) => {
    const value = sample[figure];
    if (value === undefined) throw new Error(`${name} did not measure ${FIGURES[figure]}`);
    return value;
  });
}
