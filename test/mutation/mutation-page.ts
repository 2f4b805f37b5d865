import { readMutationResults, type FileResult, type Survivor } from './mutation-results.ts';
import { REASONS } from './reasons.ts';

/** Folders of `runtime/`, each with the share of its mutants (%) that tests have to notice. */
const GOALS: readonly (readonly [folder: string, percent: number])[] = [
  ['core', 95],
  ['router', 90],
  ['producer', 90],
  ['consumer', 90],
  ['streams', 90],
];

/** The part of docs/verified.md that says how many changes of the code no test notices, and why. */
export function mutationPart(): string {
  const results = Object.entries(readMutationResults());
  if (results.length === 0) return '';
  const of = (folder: string): [string, FileResult][] =>
    results.filter(([path]) => path.startsWith(`runtime/${folder}/`));
  const rows = GOALS.flatMap(([folder, goal]) => {
    const files = of(folder);
    if (files.length === 0) return [];
    const commits = [...new Set(files.map(([, { commit }]) => commit))].join(', ');
    return [`| runtime/${folder} | ${files.length} | ${scoreOf(files)} | ${goal} % | ${commits} |`];
  });
  const reasons = leftByReason();
  return [
    '## Mutants',
    '',
    '`npm run mutate` changes the code in small ways, one at a time (Stryker), and runs the tests that reach the change. A change that a test notices is killed. ' +
      'Changes that do not compile, and those of tables at module level, are not counted.',
    '',
    '| folder | files | mutants killed | goal | commits |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    'Why no test can or does notice those left ([all of them](mutants.md)):',
    '',
    '| reason | mutants |',
    '|---|---|',
    ...reasons.map(([reason, words]) => `| ${reason} | ${words.length} |`),
  ].join('\n');
}

/** docs/mutants.md: each change of the code that no test notices. */
export function mutantsPage(): string {
  return [
    '# Mutants that no test notices',
    '',
    'Written by `npm run mutate` ([verified.md](verified.md)); do not edit. The reasons are in `test/mutation/reasons.ts`.',
    ...leftByReason().flatMap(([reason, words]) => ['', `## ${reason}`, '', ...words]),
    '',
  ].join('\n');
}

/** The most frequent reason first; what has none last. */
function leftByReason(): [reason: string, words: string[]][] {
  const left = Object.entries(readMutationResults()).flatMap(([path, file]) =>
    file.left.map((each) => rowOf(path, each)),
  );
  return [...Map.groupBy(left, ({ reason }) => reason)]
    .map(([reason, rows]): [string, string[]] => [reason, rows.map(({ words }) => words)])
    .toSorted(
      ([a, these], [b, those]) => Number(a === NONE) - Number(b === NONE) || those.length - these.length,
    );
}

function scoreOf(files: readonly (readonly [string, FileResult])[]): string {
  const all = files.reduce((sum, [, { mutants }]) => sum + mutants, 0);
  const left = files.reduce((sum, [, file]) => sum + file.left.length, 0);
  return `${all - left} of ${all}: ${(((all - left) / all) * 100).toFixed(1)} %`;
}

const NONE = 'None: a test is missing';

function rowOf(
  path: string,
  { line, code, column, replacement }: Survivor,
): { reason: string; words: string } {
  const found = REASONS.find(
    (each) =>
      each.file === path && code.includes(each.code) && (each.to ?? [replacement]).includes(replacement),
  );
  const to = replacement.length > 60 ? `${replacement.slice(0, 60)}…` : replacement;
  return {
    reason: found?.reason ?? NONE,
    words: `- ${path}:${line}:${column} \`${code}\` → \`${to}\``,
  };
}
