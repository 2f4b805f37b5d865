import { fillSchedule, trafficOf, type Traffic } from './fill-schedule.ts';
import { runSchedule, type Outcome } from './run-schedule.ts';

/** What a worker is asked. One question at a time. */
export type Question =
  | { readonly type: 'seed'; readonly seed: number; readonly twice: boolean }
  | { readonly type: 'stop' };

/** What a worker says of a seed. */
export interface SeedAnswer extends Omit<Outcome, 'timeline'> {
  readonly type: 'seed';
  readonly seed: number;
  readonly traffic: Traffic;
  readonly cpuMs: number;
  /** Kinds of faults in its schedule. */
  readonly faults: readonly string[];
  /** It was run twice; the traces differ. */
  readonly differs: boolean;
  readonly twice: boolean;
}

export async function answer({ seed, twice }: Extract<Question, { type: 'seed' }>): Promise<SeedAnswer> {
  const before = process.cpuUsage();
  const schedule = fillSchedule(seed);
  const { timeline: _, ...outcome } = await runSchedule(schedule);
  const differs = twice && (await runSchedule(schedule)).trace !== outcome.trace;
  const { user, system } = process.cpuUsage(before);
  const faults = schedule.faults.map((fault) => {
    if (fault.type !== 'calls') return fault.type;
    const how = fault.how.type === 'status' ? String(fault.how.status) : fault.how.type;
    return `${fault.share < 1 ? 'some ' : ''}${how}${'stored' in fault.how && fault.how.stored ? ' after the store' : ''}${fault.plane === 'control' ? ' (control plane)' : ''}`;
  });
  const cpuMs = (user + system) / 1_000;
  return { type: 'seed', seed, traffic: trafficOf(seed), cpuMs, faults, differs, twice, ...outcome };
}
