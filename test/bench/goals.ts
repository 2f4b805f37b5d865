import { valuesOf, type Figure } from './comparison.ts';
import { comparisonIn, type Results } from './results.ts';
import { ratiosOf, spreadOf } from './statistics.ts';

/** A ratio, or a figure where there is nobody to compare with, that must be reached. */
export interface Goal {
  readonly about: string;
  /** Of the comparison. */
  readonly id: string;
  readonly figure: Figure;
  /** The first contestant is divided by this one; absent: its figure itself. */
  readonly against?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export type Judged = Goal & { readonly measured: number; readonly isMet: boolean };

/** What the project wants to reach (medians of one run on two cores). */
export const GOALS: readonly Goal[] = [
  {
    about: "put: messages/s, the Java program's way = 1",
    id: 'put/batch-1000',
    figure: 'perSecond',
    against: "the Java program's way",
    atLeast: 500,
  },
  {
    about: 'put, batches of 100: messages/s, plain SDK = 1',
    id: 'put/batch-100',
    figure: 'perSecond',
    against: 'plain SDK',
    atLeast: 10,
  },
  {
    about: 'put, batches of 1,000: messages/s, plain SDK = 1',
    id: 'put/batch-1000',
    figure: 'perSecond',
    against: 'plain SDK',
    atLeast: 9,
  },
  {
    about: 'put, batches of 100: messages/s, bare undici = 1',
    id: 'put/batch-100',
    figure: 'perSecond',
    against: 'bare undici',
    atLeast: 0.7,
  },
  {
    about: 'put, batches of 1,000: messages/s, bare undici = 1',
    id: 'put/batch-1000',
    figure: 'perSecond',
    against: 'bare undici',
    atLeast: 0.7,
  },
  {
    about: 'put, batches of 1,000: CPU per message, bare undici = 1',
    id: 'put/batch-1000',
    figure: 'cpuPerMillion',
    against: 'bare undici',
    atMost: 3,
  },
  {
    about: 'put, one at a time, awaited: messages/s, bare undici = 1',
    id: 'put/awaited',
    figure: 'perSecond',
    against: 'bare undici',
    atLeast: 0.8,
  },
  {
    about: 'put, 10,000 keys: CPU per message, one key = 1',
    id: 'put/keys',
    figure: 'cpuPerMillion',
    against: 'one key',
    atMost: 1.2,
  },
  {
    about: 'put, TLS: CPU per message, HTTP = 1',
    id: 'put/tls',
    figure: 'cpuPerMillion',
    against: 'HTTP',
    atMost: 1.3,
  },
  {
    about: 'put, envelope: CPU per message, raw = 1',
    id: 'put/envelope',
    figure: 'cpuPerMillion',
    against: 'raw',
    atMost: 1.5,
  },
  {
    about: 'get: messages/s, bare undici = 1',
    id: 'get/100-B',
    figure: 'perSecond',
    against: 'bare undici',
    atLeast: 0.9,
  },
  {
    about: 'get: messages/s, plain SDK = 1',
    id: 'get/100-B',
    figure: 'perSecond',
    against: 'plain SDK',
    atLeast: 1.2,
  },
  {
    about: 'get, TLS: CPU per message, HTTP = 1',
    id: 'get/tls',
    figure: 'cpuPerMillion',
    against: 'HTTP',
    atMost: 1.3,
  },
  {
    about: 'get, envelope: CPU per message, raw = 1',
    id: 'get/envelope',
    figure: 'cpuPerMillion',
    against: 'raw',
    atMost: 1.5,
  },
  {
    about: 'a handler that takes as long as a read: messages/s, without it = 1',
    id: 'prefetch/handler',
    figure: 'perSecond',
    against: 'this project, no handler',
    atLeast: 0.95,
  },
  {
    about: '`seq … | producer -`: lines/s',
    id: 'pipe/seq',
    figure: 'perSecond',
    atLeast: 200_000,
  },
  {
    about: 'outbox: messages/s of 1 KiB that are on disk',
    id: 'outbox/spool',
    figure: 'perSecond',
    atLeast: 100_000,
  },
  {
    about: 'outbox: longest turn of the main loop meanwhile, CPU ms',
    id: 'outbox/spool',
    figure: 'turnMs',
    atMost: 10,
  },
  {
    about: 'outbox, drained to a region at its limits: messages/s, from memory = 1',
    id: 'outbox/drain-throttled',
    figure: 'perSecond',
    against: 'from memory',
    atLeast: 0.95,
  },
  {
    about: 'outbox, drained to a region without limits: messages/s, from memory = 1',
    id: 'outbox/drain',
    figure: 'perSecond',
    against: 'from memory',
    atLeast: 0.95,
  },
  {
    about: 'a backlog on disk: ms from the start of Node until a producer is ready',
    id: 'backlog/start',
    figure: 'readyMs',
    atMost: 1_000,
  },
  {
    about: 'a backlog on disk: MiB that a ready producer has more than on an empty outbox',
    id: 'backlog/start',
    figure: 'addedMiB',
    atMost: 64,
  },
  {
    about: 'a backlog, sent: messages missing, there twice or not in order of their key',
    id: 'backlog/drain',
    figure: 'misplaced',
    atMost: 0,
  },
  {
    about: 'a backlog, sent: longest turn of the main loop, CPU ms',
    id: 'backlog/drain',
    figure: 'turnMs',
    atMost: 10,
  },
  {
    about: 'memory at the end of 10 million messages, at 4 million = 1',
    id: 'memory/keys',
    figure: 'residentMiB',
    against: 'after 2/5 of it',
    atMost: 1.1,
  },
];

/** Those that were measured. */
export function judged(goals: readonly Goal[], results: Results): Judged[] {
  return goals.flatMap((goal) => {
    const comparison = comparisonIn(results, goal.id);
    if (comparison === undefined) return [];
    const [first] = comparison.contestants;
    const other = comparison.contestants.find(({ name }) => name === goal.against);
    if (first === undefined || (goal.against !== undefined && other === undefined)) {
      throw new Error(`${goal.id} has no ${goal.against ?? 'contestant'}`);
    }
    const ours = valuesOf(first, goal.figure);
    const { median: measured } =
      other === undefined ? spreadOf(ours) : ratiosOf(ours, valuesOf(other, goal.figure));
    const isMet = measured >= (goal.atLeast ?? -Infinity) && measured <= (goal.atMost ?? Infinity);
    return [{ ...goal, measured, isMet }];
  });
}
