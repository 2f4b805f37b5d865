import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { numberOf, refuse, say } from '../support/command.ts';
import { fillSchedule } from './fill-schedule.ts';
import { installHooks } from './hooks.ts';
import type { SeedAnswer } from './answer.ts';
import { writePage } from './page.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { findPlanted, type PlantedResult } from './planted.ts';
import { keepResults, readResults, type Results, type RunResult } from './results.ts';
import { runSeeds } from './run-seeds.ts';
import type { Schedule } from './schedule.ts';

const USAGE = `npm run simulate -- [options]

  --hours N       simulate at least so many hours (default 100)
  --seeds N       and at least so many seeds
  --from SEED     beginning with this one (default 1)
  --workers N     in so many processes (default: the number of cores, at most 2)
  --minutes N     stop after so many minutes of real time, whatever was reached
  --seed SEED     run one seed, and print what happens in it, line by line
  --file FILE     the same for a schedule that was kept as a file
  --planted TEXT  look for the planted bugs whose name holds the text ('' for all of them)
  --curve         measure the verdict: false ones by share of errors, and how long a true one takes
  --day           both regions are down for a day at 1,000 messages/s (with --hours N: for N hours), on this machine's disk
  --record        keep what was measured in test/simulation/results.json, and write docs/verified.md
  --page          write docs/verified.md from what was kept
  --shrink        with --seed or --file: delete what the violation does not need, and print the schedule that is left
`;

const REGRESSIONS = fileURLToPath(new URL('regressions/', import.meta.url));

interface Regression {
  /** What was wrong, in a sentence. */
  readonly about: string;
  readonly schedule: Schedule;
}

const values = optionsGiven();

function optionsGiven() {
  try {
    return parseArgs({
      options: {
        hours: { type: 'string' },
        seeds: { type: 'string' },
        from: { type: 'string' },
        workers: { type: 'string' },
        minutes: { type: 'string' },
        seed: { type: 'string' },
        file: { type: 'string' },
        shrink: { type: 'boolean' },
        planted: { type: 'string' },
        curve: { type: 'boolean' },
        day: { type: 'boolean' },
        record: { type: 'boolean' },
        page: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return refuse(`${(error as Error).message}; --help lists the options`);
  }
}

/** The options that choose what is done, each with those that it takes. */
const TASKS: Readonly<Record<string, readonly string[]>> = {
  seed: ['shrink'],
  file: ['shrink'],
  planted: ['seeds', 'workers', 'record'],
  curve: ['record'],
  day: ['hours', 'record'],
  page: [],
};
const MANY = ['hours', 'seeds', 'from', 'workers', 'minutes', 'record'];

function refuseUnused(): void {
  const given = Object.keys(values).filter((option) => option !== 'help');
  const task = given.find((option) => Object.hasOwn(TASKS, option));
  const takes = task === undefined ? MANY : [task, ...(TASKS[task] ?? [])];
  const unused = given.find((option) => !takes.includes(option));
  if (unused !== undefined)
    refuse(
      `--${unused} has no meaning ${task === undefined ? 'by itself' : `with --${task}`}; --help lists the options`,
    );
}

refuseUnused();

const COUNT = { least: 1, isWhole: true };
const AMOUNT = { least: 0, isWhole: false };
const numbers = {
  hours: numberOf('hours', values.hours, AMOUNT),
  seeds: numberOf('seeds', values.seeds, COUNT),
  from: numberOf('from', values.from, COUNT) ?? 1,
  workers: numberOf('workers', values.workers, COUNT) ?? Math.min(2, availableParallelism()),
  minutes: numberOf('minutes', values.minutes, AMOUNT) ?? Infinity,
  seed: numberOf('seed', values.seed, { least: 0, isWhole: true }),
};

async function one(schedule: Schedule): Promise<number> {
  installHooks();
  const { runSchedule } = await import('./run-schedule.ts');
  const { timeline, violations, simulatedMs, messages, calls } = await runSchedule(schedule, {
    timeline: true,
  });
  for (const line of timeline) say(line);
  say(`${Math.round(simulatedMs / 1_000)} s, ${messages} messages, ${calls} calls`);
  for (const { type, detail } of violations) say(`VIOLATION ${type}: ${detail}`);
  const [first] = violations;
  if (first !== undefined && values.shrink === true) {
    const { shrink } = await import('./shrink.ts');
    const fails = async (candidate: Schedule): Promise<boolean> =>
      (await runSchedule(candidate)).violations.some(({ type }) => type === first.type);
    say(JSON.stringify(await shrink(schedule, fails), null, 2));
  }
  return first === undefined ? 0 : 1;
}

function keptIn(file: string): Schedule {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Regression).schedule;
  } catch (error) {
    return refuse(`--file ${file} is not a schedule that was kept: ${(error as Error).message}`);
  }
}

/** Those that failed once, first. */
async function regressions(): Promise<number> {
  installHooks();
  const { runSchedule } = await import('./run-schedule.ts');
  let failed = 0;
  const files = readdirSync(REGRESSIONS).filter((file) => file.endsWith('.json'));
  for (const file of files) {
    const { about, schedule } = JSON.parse(readFileSync(REGRESSIONS + file, 'utf8')) as Regression;
    const { violations } = await runSchedule(schedule);
    const [first] = violations;
    if (first === undefined) continue;
    failed++;
    say(`${file} fails again (${about}): ${first.type}: ${first.detail}`);
    say(`  npm run simulate -- --file test/simulation/regressions/${file}`);
  }
  say(`${files.length} schedules that failed once: ${files.length - failed} hold`);
  return failed;
}

async function many(): Promise<number> {
  const wantedHours = numbers.hours ?? (values.seeds === undefined ? 100 : 0);
  const wantedSeeds = numbers.seeds ?? 0;
  const limit = numbers.minutes;
  if (limit === 0 || wantedHours + wantedSeeds === 0)
    refuse('Nothing is to be simulated: give more than 0 of --hours or --seeds, and of --minutes.');
  const failedBefore = await regressions();
  const beganAt = performance.now();
  const minutes = (): number => (performance.now() - beganAt) / 60_000;
  const failing: RunResult['failing'][number][] = [];
  const answers = await runSeeds({
    from: numbers.from,
    workers: numbers.workers,
    wanted: (begun, hours) => minutes() < limit && (begun < wantedSeeds || hours < wantedHours),
    twiceEvery: 100,
    onAnswer: ({ seed, violations, differs }) => {
      const [first = differs ? { type: 'two runs differ', detail: 'the traces are not equal' } : undefined] =
        violations;
      if (first === undefined) return;
      const { type, detail } = first;
      failing.push({ seed, type, detail });
      say(`seed ${seed}: ${type}: ${detail}\n  npm run simulate -- --seed ${seed}`);
    },
  });
  const sum = (of: (answer: (typeof answers)[number]) => number): number =>
    answers.reduce((total, each) => total + of(each), 0);
  const hours = sum(({ simulatedMs }) => simulatedMs) / 3_600_000;
  const cpuMinutes = sum(({ cpuMs }) => cpuMs) / 60_000;
  const twice = answers.filter((answer) => answer.twice).length;
  say(
    `${hours.toFixed(0)} hours, ${answers.length} seeds (${twice} of them twice), ${sum(({ messages }) => messages)} messages, ` +
      `${sum(({ calls }) => calls)} calls, ${sum(({ failovers }) => failovers)} failovers, ${sum(({ failbacks }) => failbacks)} failbacks`,
  );
  say(
    `${minutes().toFixed(1)} minutes: ${(hours / minutes()).toFixed(0)} hours a minute; ` +
      `${(hours / cpuMinutes).toFixed(0)} hours a minute of processor time`,
  );
  say(failing.length === 0 ? 'no violation' : `${failing.length} seeds fail`);
  keep({
    run: {
      commit: commit(),
      date: today(),
      from: numbers.from,
      seeds: answers.length,
      twice,
      hours,
      minutes: minutes(),
      processorMinutes: cpuMinutes,
      messages: sum(({ messages }) => messages),
      calls: sum(({ calls }) => calls),
      failovers: sum(({ failovers }) => failovers),
      failbacks: sum(({ failbacks }) => failbacks),
      failing: failing.toSorted((a, b) => a.seed - b.seed),
      ...tallied(answers),
    },
  });
  return failing.length + failedBefore === 0 ? 0 : 1;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Of a source that is not in git: unknown. */
function commit(): string {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  return stdout?.trim() || 'unknown';
}

function tallied(answers: readonly SeedAnswer[]): Pick<RunResult, 'traffic' | 'faults'> {
  const traffic: Record<string, { seeds: number; hours: number; messages: number }> = {};
  const faults: Record<string, number> = {};
  for (const { traffic: name, simulatedMs, messages, faults: kinds } of answers) {
    const row = (traffic[name] ??= { seeds: 0, hours: 0, messages: 0 });
    row.seeds++;
    row.hours += simulatedMs / 3_600_000;
    row.messages += messages;
    for (const kind of new Set(kinds)) faults[kind] = (faults[kind] ?? 0) + 1;
  }
  return { traffic, faults };
}

function keep(change: Results): void {
  if (values.record === true) writePage(keepResults(change));
}

async function curve(): Promise<number> {
  installHooks();
  const { measureCurve } = await import('./curve.ts');
  keep({ curve: await measureCurve(say) });
  return 0;
}

async function day(): Promise<number> {
  const { simulateDay } = await import('./day.ts');
  // It takes long: the tree may be another one at the end.
  const begun = { commit: commit(), date: today() };
  const result = await simulateDay({ hours: numbers.hours ?? 24, perSecond: 1_000 }, say);
  say(JSON.stringify(result, null, 2));
  keep({ day: { ...result, ...begun } });
  return result.rejected + result.misplaced === 0 ? 0 : 1;
}

async function planted(named: string): Promise<number> {
  const mostSeeds = numbers.seeds ?? 500;
  const onResult = (result: PlantedResult): void => {
    const { name, found, seeds } = result;
    say(
      found === undefined
        ? `not found in ${seeds} seeds: ${name}`
        : `seed ${found.seed}: ${found.type}: ${name}\n    ${found.detail.slice(0, 160)}`,
    );
    const others = (readResults().planted ?? []).filter((each) => each.name !== name);
    keep({ planted: [...others, result] });
  };
  if (!PLANTED_BUGS.some(({ name }) => name.includes(named)))
    return refuse(`--planted ${named}: no planted bug has this in its name; '' looks for all of them`);
  const results = await findPlanted({
    named,
    mostSeeds,
    workers: numbers.workers,
    commit: commit(),
    onResult,
  });
  const missed = results.filter(({ found }) => found === undefined).length;
  say(`${results.length - missed} of ${results.length} planted bugs are found`);
  return missed === 0 ? 0 : 1;
}

if (values.help === true) say(USAGE);
else if (values.page === true) writePage(readResults());
else if (values.curve === true) process.exitCode = await curve();
else if (values.day === true) process.exitCode = await day();
else if (values.planted !== undefined) process.exitCode = await planted(values.planted);
else {
  const { seed } = numbers;
  const { file } = values;
  process.exitCode =
    seed !== undefined
      ? await one(fillSchedule(seed))
      : file !== undefined
        ? await one(keptIn(file))
        : await many();
}
