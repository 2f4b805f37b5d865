import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

import { numberOf, refuse, say } from '../support/command.ts';
import { compare, type Comparison } from './comparison.ts';
import { GOALS, judged } from './goals.ts';
import { writePage } from './page.ts';
import { PARTS } from './parts/index.ts';
import type { Bench, Part } from './parts/part.ts';
import type { Profile } from './profile.ts';
import { readResults, RECORD, thisRun, type PartResult, type Results } from './results.ts';
import { asText, goalTable, shareTable, tableOf } from './table.ts';

const USAGE = `npm run bench -- [options] [part …]

  --quick         less of everything, and no long part that is not named: under a minute
  --rounds N      how often each contestant takes its turn (default 5; with --quick 3)
  --json FILE     where the figures go (default reports/bench.json)
  --record        keep them in test/bench/results.json too, and write docs/performance.md
  --page          write docs/performance.md from what was kept

Parts (default: all):
${Object.entries(PARTS)
  .map(([name, { about, isLong }]) => `  ${name.padEnd(14)}${about}${isLong === true ? ' (long)' : ''}`)
  .join('\n')}
`;

/** How long a turn at full speed lasts, in ms. */
const TURN = { long: 500, short: 200 };

function given() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        json: { type: 'string', default: 'reports/bench.json' },
        record: { type: 'boolean', default: false },
        page: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { values, positionals } = given();

/** The parts that are asked for. An unknown one ends the program. */
function wanted(): [string, Part][] {
  const unknown = positionals.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined)
    refuse(`there is no part ${unknown}; there are ${Object.keys(PARTS).join(', ')}`);
  return Object.entries(PARTS).filter(([name, { isLong }]) =>
    positionals.length > 0 ? positionals.includes(name) : !(values.quick && isLong === true),
  );
}

function wantedRounds(): number {
  return numberOf('rounds', values.rounds, { least: 1, isWhole: true }) ?? (values.quick ? 3 : 5);
}

async function measure(part: Part, rounds: number): Promise<Omit<PartResult, 'run'>> {
  const comparisons: Comparison[] = [];
  const profiles: Record<string, Profile> = {};
  const keep = (comparison: Comparison): void => {
    comparisons.push(comparison);
    say(`\n${comparison.work}\n${asText(tableOf(comparison))}`);
  };
  const bench: Bench = {
    isQuick: values.quick,
    turnMs: values.quick ? TURN.short : TURN.long,
    compare: async (plan) => keep(await compare(plan, rounds)),
    keep,
    keepProfile(work, profile) {
      profiles[work] = profile;
      say(`\n${work}\n${asText(shareTable(profile.places))}\n\n${asText(shareTable(profile.functions))}`);
    },
  };
  await part.run(bench);
  return { comparisons, profiles };
}

async function run(): Promise<Results> {
  const about = thisRun(process.argv.slice(2));
  const rounds = wantedRounds();
  const parts = wanted();
  say(`${about.command}: commit ${about.commit}, Node ${about.node}, ${about.machine}`);
  say('Each figure: the median of the rounds (least–most). Ratios are taken round by round.');
  const results: Record<string, PartResult> = {};
  for (const [name, part] of parts) {
    say(`\n== ${name}: ${part.about}`);
    const beganAt = performance.now();
    const measured = await measure(part, rounds);
    const seconds = Math.round((performance.now() - beganAt) / 1_000);
    results[name] = { run: { ...about, seconds }, ...measured };
    // What is measured is not lost when a later part fails.
    keepIn(values.json, results);
    if (values.record) record(results);
  }
  return results;
}

/** Of parts that are not among them, what was measured before is kept. */
function record(results: Results): void {
  const all = { ...readResults(), ...results };
  keepIn(RECORD, all);
  writePage(all);
}

function keepIn(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

if (values.help) say(USAGE);
else if (values.page) writePage(readResults());
else {
  const results = await run();
  const goals = judged(GOALS, results);
  if (goals.length > 0) say(`\n== goals\n${asText(goalTable(goals))}`);
  say(`\n${values.json} has every figure of every round`);
}
