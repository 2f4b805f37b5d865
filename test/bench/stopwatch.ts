import { createHistogram } from 'node:perf_hooks';

import type { Sample } from './comparison.ts';

/** Of the messages that `run` handled. */
export async function measure(run: () => Promise<number>): Promise<Sample> {
  const stop = stopwatch();
  const messages = await run();
  return stop(messages);
}

/** Begins to measure; a call of what it gives ends it. */
export function stopwatch(): (messages: number) => Sample {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  return (messages) => {
    const ms = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    return {
      perSecond: (messages * 1_000) / ms,
      cpuPerMillion: (user + system) / messages,
      residentMiB: residentMiB(),
    };
  };
}

export function residentMiB(): number {
  return process.memoryUsage.rss() / 1_048_576;
}

/** Of what this thread does between two looks, turns of the event loop that are shorter than this cannot be told apart. */
const LOOK_MS = 1;

/**
 * What `run` measures, with the memory that the process had at most, and how long its main thread did not come back to its
 * event loop: by the clock, and in its own processor time, which does not contain what other programs took.
 */
export async function withStalls(run: () => Promise<Sample>): Promise<Sample> {
  const turns = createHistogram();
  const waits = createHistogram();
  let cpu = threadCpuUs();
  let at = performance.now();
  const looks = setInterval(() => {
    const [cpuNow, now] = [threadCpuUs(), performance.now()];
    turns.record(Math.max(1, cpuNow - cpu));
    waits.record(Math.max(1, Math.round((now - at - LOOK_MS) * 1_000)));
    [cpu, at] = [cpuNow, now];
  }, LOOK_MS);
  const sample = await run();
  clearInterval(looks);
  return {
    ...sample,
    turnP9999Ms: turns.percentile(99.99) / 1_000,
    turnMs: turns.max / 1_000,
    stallMs: waits.max / 1_000,
    // In KiB.
    peakMiB: process.resourceUsage().maxRSS / 1_024,
  };
}

function threadCpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
