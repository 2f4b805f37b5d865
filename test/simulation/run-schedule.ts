import { check } from './check/check.ts';
import type { Schedule } from './schedule.ts';
import type { Violation } from './world/history.ts';
import { EndlessError } from './world/scheduler.ts';
import { World } from './world/world.ts';

export interface Outcome {
  readonly violations: readonly Violation[];
  /** Two runs of one schedule have it in common. */
  readonly trace: number;
  readonly simulatedMs: number;
  readonly messages: number;
  readonly calls: number;
  readonly failovers: number;
  readonly failbacks: number;
  /** Line by line; empty unless asked for. */
  readonly timeline: readonly string[];
}

/** Runs a schedule to its end and judges it. */
export async function runSchedule(
  schedule: Schedule,
  options: { readonly timeline?: boolean } = {},
): Promise<Outcome> {
  const world = new World(schedule, options);
  const { history } = world;
  let violations: readonly Violation[];
  let seen = 0;
  try {
    await world.run();
    violations = check(world);
    seen = history.violations.length;
    await world.close();
  } catch (error) {
    if (!(error instanceof EndlessError)) throw error;
    violations = [{ type: 'endless', at: world.scheduler.now, detail: error.message }];
  }
  const told = (type: string): number => history.events.filter(({ event }) => event.type === type).length;
  return {
    violations: [...violations, ...history.violations.slice(seen)],
    trace: history.trace,
    simulatedMs: world.scheduler.now - world.startedAt,
    messages: history.sent.length,
    calls: history.calls,
    failovers: told('failover-done'),
    failbacks: told('failback-done'),
    timeline: history.timeline ?? [],
  };
}
