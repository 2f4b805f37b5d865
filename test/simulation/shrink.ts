import type { Fault, Schedule } from './schedule.ts';

const MOST_RUNS = 250;

/** The schedule with as few faults as still fail, then with as little else. `fails` runs one, at most 250 times. */
export async function shrink(
  schedule: Schedule,
  fails: (candidate: Schedule) => Promise<boolean>,
): Promise<Schedule> {
  let runs = 0;
  const stillFails = async (candidate: Schedule): Promise<boolean> =>
    ++runs <= MOST_RUNS && (await fails(candidate));
  let best = schedule;
  // Halves first, then quarters, down to single faults.
  for (let size = Math.ceil(best.faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.faults.length;) {
      const faults = [...best.faults.slice(0, from), ...best.faults.slice(from + size)];
      const candidate = { ...best, faults };
      if (await stillFails(candidate)) best = candidate;
      else from += size;
    }
  }
  for (const simpler of [withoutConsumers, withFewerProducers, shorter, withFewerSettings, shorterFaults]) {
    for (let candidate = simpler(best); candidate !== undefined; candidate = simpler(best)) {
      if (!(await stillFails(candidate))) break;
      best = candidate;
    }
  }
  return best;
}

function withoutConsumers(schedule: Schedule): Schedule | undefined {
  const { consumers, producers, faults } = schedule;
  if (consumers.length === 0) return undefined;
  const last = producers.length + consumers.length - 1;
  return {
    ...schedule,
    consumers: consumers.slice(0, -1),
    faults: faults.filter((fault) => !isAbout(fault, last)),
  };
}

function withFewerProducers(schedule: Schedule): Schedule | undefined {
  const { consumers, producers, faults } = schedule;
  if (producers.length < 2 || consumers.length > 0) return undefined;
  const last = producers.length - 1;
  return {
    ...schedule,
    producers: producers.slice(0, -1),
    faults: faults.filter((fault) => !isAbout(fault, last)),
  };
}

function isAbout(fault: Fault, process: number): boolean {
  return 'process' in fault && fault.process === process;
}

function shorter(schedule: Schedule): Schedule | undefined {
  const latest = Math.max(
    0,
    ...schedule.faults.map((fault) => fault.at + ('forMs' in fault ? fault.forMs : 0)),
  );
  const durationMs = Math.max(latest + 1_000, Math.round(schedule.durationMs * 0.7));
  return durationMs < schedule.durationMs * 0.95 ? { ...schedule, durationMs } : undefined;
}

function withFewerSettings(schedule: Schedule): Schedule | undefined {
  const [name] = Object.keys(schedule.settings);
  if (name === undefined) return undefined;
  const { [name]: _, ...settings } = schedule.settings;
  return { ...schedule, settings };
}

function shorterFaults(schedule: Schedule): Schedule | undefined {
  const faults = schedule.faults.map((fault) =>
    'forMs' in fault && fault.forMs > 2_000 ? { ...fault, forMs: Math.round(fault.forMs / 2) } : fault,
  );
  return faults.some((fault, index) => fault !== schedule.faults[index])
    ? { ...schedule, faults }
    : undefined;
}
