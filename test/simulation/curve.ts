import type { Fault, How, Schedule } from './schedule.ts';
import { World } from './world/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

/** How often a program sends, in words, and in ms; and for how many hours errors at random are measured. */
const RATES = [
  { words: 'one in 30 s', everyMs: 30_000, hours: 500 },
  { words: 'one a second', everyMs: 1_000, hours: 50 },
  { words: '20 a second', everyMs: 50, hours: 5 },
] as const;

/** Random errors: what they are, in words, and shares of the calls. */
const ERRORS: readonly { readonly words: string; readonly how: How; readonly shares: readonly number[] }[] = [
  { words: '503', how: { type: 'status', status: 503 }, shares: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8] },
  { words: 'no answer', how: { type: 'hang', stored: false }, shares: [0.1, 0.2, 0.3] },
];
/** Up to this share there must be no verdict: it is measured for all the hours, larger ones for a tenth. */
const TOLERATED_SHARE = 0.3;
/** So many verdicts are enough to know a rate. */
const ENOUGH = 20;

const KINDS: readonly { readonly words: string; readonly how: How }[] = [
  { words: '503 at once', how: { type: 'status', status: 503 } },
  { words: '504 after 1.9 s', how: { type: 'status', status: 504, afterMs: 1_900 } },
  { words: 'connection refused', how: { type: 'refused' } },
  { words: 'name does not resolve', how: { type: 'dns' } },
  { words: 'TLS handshake fails', how: { type: 'tls' } },
  { words: 'no answer at all', how: { type: 'hang', stored: false } },
  { words: 'connection lost after the store', how: { type: 'reset', stored: true } },
  { words: '429 to every call', how: { type: 'status', status: 429 } },
];
const RUNS = 10;

export interface FalseVerdicts {
  /** What the errors are. */
  readonly errors: string;
  readonly share: number;
  readonly traffic: string;
  readonly hours: number;
  readonly verdicts: number;
}

export interface TimeToVerdict {
  readonly kind: string;
  readonly traffic: string;
  readonly runs: number;
  /** From the first send in the outage to the verdict, and to its receipt from the secondary; in ms, ascending. */
  readonly verdictMs: readonly number[];
  readonly throughMs: readonly number[];
}

export interface Curve {
  readonly falseVerdicts: readonly FalseVerdicts[];
  readonly times: readonly TimeToVerdict[];
}

/** What the verdict does by share of errors, and by kind of failure: measured with the real producer. */
export async function measureCurve(say: (text: string) => void): Promise<Curve> {
  const falseVerdicts: FalseVerdicts[] = [];
  for (const { words: traffic, everyMs, hours } of RATES) {
    for (const { words: errors, how, shares } of ERRORS) {
      for (const share of shares) {
        const enough = share > TOLERATED_SHARE ? hours / 10 : hours;
        falseVerdicts.push({ errors, share, traffic, ...(await verdictsAt(how, share, everyMs, enough)) });
      }
      say(`${errors} at random, at ${traffic}, is measured`);
    }
  }
  const times: TimeToVerdict[] = [];
  for (const { words: kind, how } of KINDS) {
    for (const { words, everyMs } of RATES) times.push(await timesOf(kind, how, words, everyMs));
    say(`${kind} is measured`);
  }
  return { falseVerdicts, times };
}

function world(seed: number, everyMs: number, durationMs: number, faults: readonly Fault[]): Schedule {
  return {
    seed,
    durationMs,
    partitions: { primary: 3, secondary: 3 },
    secondaryReady: true,
    createDelayMs: 0,
    strictLimits: true,
    settings: { failback: false },
    producers: [{ machine: 0, everyMs, keys: 8, bytes: 100 }],
    consumers: [],
    faults,
  };
}

function fails(how: How, share: number, at: number, forMs: number): Fault {
  return { type: 'calls', region: 'primary', plane: 'data', calls: 'all', share, how, at, forMs };
}

/** Worlds of an hour at most; each counts until its first verdict. */
async function verdictsAt(
  how: How,
  share: number,
  everyMs: number,
  hours: number,
): Promise<{ readonly hours: number; readonly verdicts: number }> {
  const wantedMs = hours * 60 * MINUTE;
  const eachMs = Math.min(60 * MINUTE, wantedMs / 4);
  let exposedMs = 0;
  let verdicts = 0;
  for (let seed = 1; exposedMs < wantedMs && verdicts < ENOUGH; seed++) {
    const sim = new World(world(seed, everyMs, eachMs, [fails(how, share, 0, eachMs)]));
    await sim.run();
    await sim.close();
    const first = sim.history.events.find(({ event }) => event.type === 'failover-started');
    exposedMs += first === undefined ? eachMs : first.at - sim.startedAt;
    if (first !== undefined) verdicts++;
  }
  return { hours: exposedMs / (60 * MINUTE), verdicts };
}

async function timesOf(kind: string, how: How, traffic: string, everyMs: number): Promise<TimeToVerdict> {
  const verdictMs: number[] = [];
  const throughMs: number[] = [];
  for (let seed = 1; seed <= RUNS; seed++) {
    const at = Math.max(30 * SECOND, 3 * everyMs) + seed * 137;
    const schedule = world(seed, everyMs, at + Math.max(30 * SECOND, 3 * everyMs), [
      fails(how, 1, at, 10 * MINUTE),
    ]);
    const sim = new World(schedule);
    await sim.run();
    await sim.close();
    const begin = sim.startedAt + at;
    const sent = sim.history.sent.find((each) => each.at >= begin);
    const verdict = sim.history.events.find(({ event }) => event.type === 'failover-started');
    if (sent === undefined || verdict === undefined) continue;
    verdictMs.push(Math.round(verdict.at - sent.at));
    throughMs.push(Math.round((sent.settledAt ?? Infinity) - sent.at));
  }
  const ascending = (a: number, b: number): number => a - b;
  return {
    kind,
    traffic,
    runs: RUNS,
    verdictMs: verdictMs.toSorted(ascending),
    throughMs: throughMs.toSorted(ascending),
  };
}
