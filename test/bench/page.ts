import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { GOALS, judged } from './goals.ts';
import type { PartResult, Results } from './results.ts';
import { asMarkdown, goalTable, shareTable, tableOf } from './table.ts';

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));
const TEMPLATE = fileURLToPath(new URL('performance.template.md', import.meta.url));

const NOT_MEASURED = 'Not measured yet.';

/** Writes docs/performance.md: the words of the template, and the figures of the results. */
export function writePage(results: Results): void {
  writeFileSync(PAGE, filled(readFileSync(TEMPLATE, 'utf8'), results));
}

/** `{{put}}` is replaced by the tables of the part `put`, `{{goals}}` by the goals, `{{runs}}` by what ran where. */
export function filled(template: string, results: Results): string {
  return template.replaceAll(/\{\{([\w-]+)\}\}/g, (_, name: string) => {
    if (name === 'goals') return asMarkdown(goalTable(judged(GOALS, results)));
    if (name === 'runs') return runs(results);
    const part = results[name];
    return part === undefined ? NOT_MEASURED : tables(part);
  });
}

/** One row for all parts that were measured in one run. */
function runs(results: Results): string {
  const rows = new Map<string, { cells: string[]; parts: string[]; seconds: number }>();
  for (const [name, { run }] of Object.entries(results)) {
    const { command, commit, date, node, machine, load, seconds } = run;
    const cells = [`\`${command}\``, commit, date, node, machine, String(load)];
    const row = rows.get(cells.join()) ?? { cells, parts: [], seconds: 0 };
    row.parts.push(name);
    row.seconds += seconds;
    rows.set(cells.join(), row);
  }
  return asMarkdown([
    ['command', 'commit', 'date', 'Node', 'machine', 'load', 'minutes', 'parts'],
    ...[...rows.values()].map(({ cells, parts, seconds }) => [
      ...cells,
      (seconds / 60).toFixed(1),
      parts.join(', '),
    ]),
  ]);
}

function tables({ comparisons, profiles }: PartResult): string {
  const compared = comparisons.map((each) => `${each.work}:\n\n${asMarkdown(tableOf(each))}`);
  const shares = Object.entries(profiles).flatMap(([work, { places, functions }]) => [
    `${work}:`,
    asMarkdown(shareTable(places)),
    asMarkdown(shareTable(functions)),
  ]);
  return [...compared, ...shares].join('\n\n');
}
