import { globSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** s: a world in virtual time; e: the real thing over HTTP, with files and processes; r: the real Pulumi engine. */
export type Level = 's' | 'e' | 'r';

export interface Row {
  readonly id: string;
  /** Empty for what has to be true always (`INV-…`, `R…`): one test in any level is enough. */
  readonly levels: readonly Level[];
  /** What happens, or what must be true. */
  readonly text: string;
}

/** The rows of docs/scenarios.md, in its order. */
export function readRows(): Row[] {
  const lines = readFileSync(join(root, 'docs/scenarios.md'), 'utf8').split('\n');
  return lines.flatMap((line): Row[] => {
    const [, always, rule = ''] = /^- \*\*(INV-\d+|R\d)\*\* (.*)$/.exec(line) ?? [];
    if (always !== undefined) return [{ id: always, levels: [], text: rule }];
    const cells = line.split(/(?<!\\|`)\|(?!`)/).map((cell) => cell.trim());
    const [, id = '', text = ''] = cells;
    const levels = cells.at(-2) ?? '';
    if (!/^[A-J]\d+$/.test(id) || !/^[ser]( [ser])*$/.test(levels)) return [];
    return [{ id, text, levels: levels.split(' ') as Level[] }];
  });
}

/** Where tests are real: they speak HTTP, write files or start programs. */
const REAL = [
  'test/end-to-end/',
  'test/demo/',
  'test/package/',
  'test/runtime/oci/',
  'test/runtime/outbox/',
  'test/runtime/record/',
  'test/runtime/stack/',
];

/** The levels that a test file counts for. Tests of the record, the adapter and the stack decide in virtual time, and are real. */
function levelsOf(file: string): Level[] {
  if (file.startsWith('test/pulumi/')) return ['r'];
  if (file.includes('over-http')) return ['e'];
  const levels: Level[] = [];
  if (/^test\/(?:runtime|simulation)\//.test(file)) levels.push('s');
  if (REAL.some((place) => file.startsWith(place))) levels.push('e');
  return levels;
}

export interface NamedTest {
  readonly file: string;
  readonly levels: readonly Level[];
  readonly ids: readonly string[];
  readonly name: string;
}

/** A name that begins with ids and a colon, as a text in any quotes: also those of groups, and of tables that make tests. */
const NAME = /(['"`])((?:(?:INV-\d+|R\d|[A-J]\d+)(?:, ?)?)+): ((?:\\.|(?!\1)[^\n])*)\1/g;

/** Every test whose name begins with the ids of rows. */
export function readTests(): NamedTest[] {
  const files = globSync('test/**/*.test.ts', { cwd: root }).map((file) => file.split(sep).join('/'));
  return files.toSorted().flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    return [...source.matchAll(NAME)].map(([, , ids = '', name = '']) => ({
      file: relative(root, join(root, file)).split(sep).join('/'),
      levels: levelsOf(file),
      ids: ids.split(/, ?/),
      name,
    }));
  });
}

/** The tests of a row in a level; for a row without levels, in any. */
export function testsOf(row: Row, level: Level | undefined, tests: readonly NamedTest[]): NamedTest[] {
  return tests.filter(
    ({ ids, levels }) => ids.includes(row.id) && (level === undefined || levels.includes(level)),
  );
}
