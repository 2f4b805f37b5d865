import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { mutantsPage, mutationPart } from '../mutation/mutation-page.ts';
import type { Curve, FalseVerdicts, TimeToVerdict } from './curve.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import type { PlantedResult } from './planted.ts';
import { plotOf } from './plot.ts';
import type { Results, RunResult } from './results.ts';
import { upperBound } from './upper-bound.ts';

const PAGE = fileURLToPath(new URL('../../docs/verified.md', import.meta.url));
const MUTANTS = fileURLToPath(new URL('../../docs/mutants.md', import.meta.url));
const PLOT = fileURLToPath(new URL('../../docs/verdict-curve.svg', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

/** What the checker looks for, and in which words a violation says so. */
const PROPERTIES: readonly (readonly [words: string, violations: string])[] = [
  [
    'A receipt names a place where the region holds the message; what the disk has acknowledged is in a region in the end',
    'lost',
  ],
  ['What was acknowledged is not sent again: copies come only from attempts without an answer', 'duplicate'],
  ['Per key and region, offsets follow the order of `send`, but for what `reordered` counts', 'out-of-order'],
  [
    'Every promise settles, `close()` resolves and leaves nothing pending, no rejection is unhandled',
    'unsettled, unhandled, untyped',
  ],
  ['A rejection has a reason that was there', 'rejected'],
  [
    'What is committed was handled; commits never go back; a group does not lose a reader that works',
    'poll-skip, commit-back, reservation',
  ],
  [
    'All that a region holds is handled after the last fault; one consumer alone gets nothing twice',
    'unseen, redelivered, poll-back',
  ],
  ['What retention removes unread is told of', 'untold-gap'],
  [
    'In envelope mode a reader handles each message once, and what comes after a newer one of its key is marked',
    'copy, unmarked',
  ],
  [
    'What was rejected as not sent is not sent; no stream is created without a look first',
    'sent-after-all, blind-create',
  ],
  ['Memory stays within the settings, for small messages and given-up ones too', 'memory'],
  [
    'No failover at up to 30 % errors, for an outage below 2 s, or for 400, 401, 403, 404, 409',
    'false-failover, hasty',
  ],
  [
    'In a whole outage a message is through on a ready secondary within 8 s (2.5 s more for loaded lanes)',
    'late',
  ],
  ['While one region is well, messages do not wait for the other', 'no-way, nowhere'],
  [
    'A failback follows a stored batch; a stream is called gone only when it is, and adopted only when it is ACTIVE',
    'failback, false-gone, adopted',
  ],
  [
    'A fault makes no storm: at most 1.1 times the calls of before, or 11 a second; what waited for a switch goes to the new region at once, each message in one such call',
    'storm, endless, hangs',
  ],
  [
    '`stream.properties` is whole at every instant, and says what the processes do; those that share it agree',
    'torn-record, record, disagree',
  ],
  ['There is one secondary stream', 'secondaries'],
  ['Two runs of one schedule have equal traces', 'two runs differ'],
];

/** Writes docs/verified.md, and the pages that it names, from what was measured. */
export function writePage(results: Results): void {
  const { run, planted, curve, day } = results;
  const parts = [
    HEAD,
    run === undefined ? '' : runPart(run),
    propertyPart(run),
    planted === undefined ? '' : plantedPart(planted),
    curve === undefined ? '' : curvePart(curve),
    day === undefined ? '' : dayPart(day),
    regressionPart(),
    mutationPart(),
    NOT_PROVED,
  ];
  if (curve !== undefined) writeFileSync(PLOT, plotOf(curve));
  writeFileSync(MUTANTS, mutantsPage());
  writeFileSync(PAGE, `${parts.filter((part) => part !== '').join('\n\n')}\n`);
}

const HEAD = `# What is verified, and what is not

Written by \`npm run simulate\` with \`--record\` from what it measured; do not edit. The programs of \`runtime/\` run in a
simulated world: the real producer, router, consumer, provisioner and record keeper, over the emulator's rules for regions, with
simulated disks, clocks and network. A seed fills a schedule of faults; the checker (\`test/simulation/check\`) shares no code with what it judges.

Replay a seed, line by line: \`npm run simulate -- --seed 123\`. Shrink it: add \`--shrink\`. All options: \`npm run simulate -- --help\`.`;

function runPart(run: RunResult): string {
  const traffic = Object.entries(run.traffic).map(
    ([name, { seeds, hours, messages }]) => `| ${name} | ${seeds} | ${hours.toFixed(1)} | ${messages} |`,
  );
  const failing = run.failing.map(({ seed, type, detail }) => `- seed ${seed}: ${type}: ${detail}`);
  return [
    '## The last run',
    '',
    `${run.hours.toFixed(0)} simulated hours in ${run.seeds} worlds (seeds from ${run.from}; ${run.twice} of them twice with equal traces), ` +
      `${run.messages} messages, ${run.calls} calls, ${run.failovers} failovers, ${run.failbacks} failbacks. ` +
      `${run.failing.length} worlds violate a property. Commit ${run.commit}, ${run.date}.`,
    '',
    `It took ${run.minutes.toFixed(1)} minutes on a machine that was shared, and ${run.processorMinutes.toFixed(1)} minutes of processor time: ` +
      `${(run.hours / run.processorMinutes).toFixed(0)} simulated hours for each minute of one core.`,
    '',
    '| traffic | worlds | hours | messages |',
    '|---|---|---|---|',
    ...traffic,
    '',
    'rare: a message in 2 to 15 minutes; thin: in 5 to 40 s; usual: in 0.4 to 2 s; thick: 11 to 67 a second. After its last fault each world has four minutes to deliver and read everything.',
    ...(failing.length === 0 ? [] : ['', 'Worlds that fail (not repaired yet):', '', ...failing]),
  ].join('\n');
}

function propertyPart(run: RunResult | undefined): string {
  const rows = PROPERTIES.map(([words, types]) => {
    const names = types.split(', ');
    const failing = run?.failing.filter(({ type }) => names.includes(type)).length;
    return `| ${words} | ${failing === undefined ? '' : failing} | \`${types}\` |`;
  });
  const faults = Object.entries(run?.faults ?? {}).toSorted(([, a], [, b]) => b - a);
  return [
    '## Properties',
    '',
    `Each is judged in every world${run === undefined ? '' : ` (${run.seeds} worlds, ${run.hours.toFixed(0)} hours)`}.`,
    '',
    '| property | worlds that violate it | word of the checker |',
    '|---|---|---|',
    ...rows,
    '',
    `Faults, with the number of worlds that have them: ${faults.map(([name, worlds]) => `${name} ${worlds}`).join(', ')}.`,
  ].join('\n');
}

function plantedPart(planted: readonly PlantedResult[]): string {
  const inOrder = PLANTED_BUGS.flatMap(({ name }) => planted.filter((each) => each.name === name));
  const rows = inOrder.map(({ name, found, seeds }) =>
    found === undefined
      ? `| ${name} | **not found** in ${seeds} | |`
      : `| ${name} | ${found.seed} | \`${found.type}\` |`,
  );
  const found = inOrder.filter((each) => each.found !== undefined).length;
  const known = new Set(planted.map(({ name }) => name));
  const missing = PLANTED_BUGS.filter(({ name }) => !known.has(name)).map(
    ({ name }) => `| ${name} | not run yet | |`,
  );
  return [
    '## It can fail',
    '',
    `${found} of ${inOrder.length} bugs that were planted in the runtime on purpose were found (\`npm run simulate -- --planted ''\`)` +
      `${missing.length === 0 ? '' : `; ${missing.length} more were not looked for`}. ${commitsOf(inOrder)}`,
    '',
    '| planted bug | first seed that fails | word |',
    '|---|---|---|',
    ...rows,
    ...missing,
  ].join('\n');
}

/** A seed is of the schedules of its commit, so results of several commits are no result of one tree. */
function commitsOf(results: readonly PlantedResult[]): string {
  const commits = [...new Set(results.map(({ commit }) => commit))];
  return commits.length === 1
    ? `All of commit ${commits.join()}.`
    : `They were looked for in several trees (commits ${commits.join(', ')}): a seed is of the schedules of its tree.`;
}

function curvePart({ falseVerdicts, times }: Curve): string {
  const traffics = [...new Set(times.map(({ traffic }) => traffic))];
  const rows = falseVerdicts.filter(({ traffic }) => traffic === traffics[0]);
  const kinds = [...new Set(times.map(({ kind }) => kind))];
  const cell = (row: FalseVerdicts, traffic: string): string => {
    const found = falseVerdicts.find(
      (each) => each.share === row.share && each.errors === row.errors && each.traffic === traffic,
    );
    return found === undefined ? '' : rateOf(found);
  };
  const timeCell = (kind: string, traffic: string): string => {
    const found = times.find((each) => each.kind === kind && each.traffic === traffic);
    return found === undefined ? '' : inSeconds(found);
  };
  return [
    "## The verdict's operating curve",
    '',
    '![False verdicts by share of errors, and time to a true verdict](verdict-curve.svg)',
    '',
    'Verdicts against the primary per hour, by the share of its calls that fail at random. Where none was seen: the 95 % upper bound of the rate, and the hours.',
    '',
    `| errors | ${traffics.join(' | ')} |`,
    `|---|${traffics.map(() => '---').join('|')}|`,
    ...rows.map(
      (row) =>
        `| ${Math.round(row.share * 100)} % ${row.errors} | ${traffics.map((traffic) => cell(row, traffic)).join(' | ')} |`,
    ),
    '',
    `A whole outage: seconds from the first \`send\` in it to the verdict, median and longest of ${times[0]?.runs ?? 0}; then to its receipt from the ready secondary, longest:`,
    '',
    `| outage | ${traffics.join(' | ')} |`,
    `|---|${traffics.map(() => '---').join('|')}|`,
    ...kinds.map((kind) => `| ${kind} | ${traffics.map((traffic) => timeCell(kind, traffic)).join(' | ')} |`),
    '',
    'Made by `npm run simulate -- --curve --record`.',
  ].join('\n');
}

function dayPart(day: NonNullable<Results['day']>): string {
  const { hours, perSecond, messages, rejected, misplaced, spooled, spooledBytes, bufferedBytes } = day;
  const { residentMiB, inUseMiB, minutes, commit, date } = day;
  const whole = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 0 });
  const parts = ({ first, last, drain }: typeof residentMiB): string =>
    [first, last, drain].map(whole).join(', ');
  const mebi = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
  return [
    '## A day without regions',
    '',
    `Both regions are down for ${hours} simulated hours at ${whole(perSecond)} messages/s, each second's messages at once; a minute of traffic before and after. ` +
      "The real producer, router and outbox, with SQLite on this machine's disk; the regions are stand-ins. " +
      `Virtual time waits for the disk. Commit ${commit}, ${date}.`,
    '',
    '| | |',
    '|---|---|',
    `| messages | ${whole(messages)} |`,
    `| on disk at the end of the outage | ${whole(spooled)} (${mebi(spooledBytes)} by \`maxOutboxBytes\`) |`,
    `| rejected | ${rejected} |`,
    `| missing, stored twice or out of order of their key | ${misplaced} |`,
    `| in memory at most, by the producer's own count | ${mebi(bufferedBytes)} |`,
    `| RSS at most: first hour, last hour, while it drains | ${parts(residentMiB)} MiB |`,
    ...(inUseMiB === undefined
      ? []
      : [
          `| of it in use, when garbage is collected: after the first hour, at the end of the outage, with half of them sent | ${parts(inUseMiB)} MiB |`,
        ]),
    `| real time of the outage, of what came after it | ${minutes.outage.toFixed(1)}, ${minutes.drain.toFixed(1)} minutes |`,
    `| processor time | ${minutes.processor.toFixed(1)} minutes |`,
    '',
    'RSS contains garbage, which V8 collects late where memory is free. Made by `npm run simulate -- --day --record`. A test does the same for some minutes.',
  ].join('\n');
}

function rateOf(found: FalseVerdicts): string {
  const { verdicts, hours } = found;
  const inHours = `${hours < 10 ? hours.toFixed(1) : hours.toFixed(0)} h`;
  if (verdicts === 0) return `below ${upperBound(found).toPrecision(1)} (none in ${inHours})`;
  return `${(verdicts / hours).toPrecision(2)} (${verdicts} in ${inHours})`;
}

function inSeconds({ verdictMs, throughMs, runs }: TimeToVerdict): string {
  const seconds = (ms: number | undefined): string => (ms === undefined ? '?' : (ms / 1_000).toFixed(1));
  const missed = runs - verdictMs.length;
  const median = verdictMs[verdictMs.length >> 1];
  return `${seconds(median)}, ${seconds(verdictMs.at(-1))}; ${seconds(throughMs.at(-1))}${missed === 0 ? '' : ` (${missed} of ${runs} without a verdict)`}`;
}

function regressionPart(): string {
  const files = readdirSync(`${HERE}regressions`).filter((file) => file.endsWith('.json'));
  if (files.length === 0) return '';
  const rows = files.map((file) => {
    const { about } = JSON.parse(readFileSync(`${HERE}regressions/${file}`, 'utf8')) as { about: string };
    return `- ${about} (\`--file test/simulation/regressions/${file}\`)`;
  });
  return ['## Schedules that failed once', '', 'They run first, each time.', '', ...rows].join('\n');
}

const NOT_PROVED = `## What is not proved

- **HTTP, TLS, signatures, the SDK**: the world begins at the \`Region\` port. \`runtime/oci\` is tested against the emulator and with Oracle's own clients. \`npm run drill\` writes to the streams of your
  settings, real or emulated, and judges what comes back by the same checker (\`check/messages.ts\`).
- **The service itself**: regions obey the emulator's rules; what Oracle does not document is a guess there (marked *unconfirmed* in its source).
- **Memory in bytes and time in microseconds**: the checker counts messages and the producer's own numbers, and virtual time passes in no time.
- **The command line, the stack, the environment export**: end-to-end tests and \`test/pulumi\` cover them.
- **SQLite and torn files of the outbox**: worlds with an outbox (a fifth) run over a store that keeps the contract of \`OutboxStore\`. What comes
  of the order when an outbox cannot be written any more until the next start is not judged.
- **Operators' commands**: the simulator writes the record as a person would; \`failover\`, \`failback\` and \`hold\` of the routing are tested in \`test/runtime/core/routing\`.
- **A partition that refuses everything, where its messages fill a small buffer and so hold up those of the others**: then it fails over.
- **The order of a process's lives where another producer of the machine took over what an earlier life left on disk.**
- **What retention removed from a partition that is empty since**: nothing shows that it held more.
- A world that passes is evidence, not a proof: faults that no schedule combines are not seen.`;
