import { FIGURES, valuesOf, type Comparison, type Measured } from './comparison.ts';
import type { Judged } from './goals.ts';
import type { Share } from './profile.ts';
import { ratiosOf, spreadOf, type Spread } from './statistics.ts';

/** Rows of cells; the first is the head. */
export type Table = readonly (readonly string[])[];

/** A row for each contestant: each figure with its spread, and how the first contestant's compares with it. */
export function tableOf({ figures, contestants }: Comparison): Table {
  const [first] = contestants;
  if (first === undefined) throw new Error('a comparison has a contestant');
  const head = figures.flatMap((figure) => [FIGURES[figure], `${first.name} : it`]);
  const row = (each: Measured): string[] =>
    figures.flatMap((figure) => [
      cell(spreadOf(valuesOf(each, figure))),
      each === first ? '' : cell(ratiosOf(valuesOf(first, figure), valuesOf(each, figure))),
    ]);
  return [['', ...head], ...contestants.map((each) => [each.name, ...row(each)])];
}

/** The median, and in brackets the least and the most where they differ. */
function cell({ median, least, most }: Spread): string {
  const [from, to] = [inDigits(least), inDigits(most)];
  return from === to ? from : `${inDigits(median)} (${from}–${to})`;
}

/** What is measured on a machine that does other things too has no more than three digits that mean something. */
export function inDigits(value: number): string {
  const digits = value < 10 ? 2 : 3;
  return value.toLocaleString('en', { maximumSignificantDigits: digits });
}

/** For a terminal: columns of equal width, the first to the left, the others to the right. */
export function asText(table: Table): string {
  const widths = widthsOf(table);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('   ')
      .trimEnd();
  return table.map(line).join('\n');
}

function widthsOf(table: Table): number[] {
  return table[0]!.map((_, column) => Math.max(...table.map((cells) => cells[column]!.length)));
}

export function asMarkdown(table: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [head = [], ...rows] = table;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

export function goalTable(goals: readonly Judged[]): Table {
  const row = ({ about, atLeast, atMost, measured, isMet }: Judged): string[] => {
    const wanted = atLeast === undefined ? `≤ ${inDigits(atMost ?? NaN)}` : `≥ ${inDigits(atLeast)}`;
    return [about, wanted, inDigits(measured), isMet ? 'yes' : 'no'];
  };
  return [['goal', 'wanted', 'measured', 'met'], ...goals.map(row)];
}

export function shareTable(shares: readonly Share[]): Table {
  return [['where', 'share'], ...shares.map(({ name, share }) => [name, `${(share * 100).toFixed(1)} %`])];
}
