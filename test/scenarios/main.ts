import { exceptedRows } from './exceptions.ts';
import { readRows, readTests, testsOf } from './rows.ts';

/** `npm run scenarios [id …]`: the rows of docs/scenarios.md with their tests. With ids, each test by its name. */
const wanted = process.argv.slice(2);
const tests = readTests();
const reasons = exceptedRows();
const rows = readRows();

// `npm run scenarios | head`: a quiet end.
process.stdout.on('error', () => process.exit());

const unknown = wanted.filter((id) => !rows.some((row) => row.id === id));
if (unknown.length > 0) {
  process.stderr.write(`docs/scenarios.md has no row ${unknown.join(', ')}\n`);
  process.exitCode = 2;
}

for (const row of rows) {
  if (wanted.length > 0 && !wanted.includes(row.id)) continue;
  process.stdout.write(`${row.id} ${row.text}\n`);
  for (const level of row.levels.length === 0 ? [undefined] : row.levels) {
    const found = testsOf(row, level, tests);
    const at = level === undefined ? row.id : `${row.id} ${level}`;
    const files = [...new Set(found.map(({ file }) => file))];
    const where = files.map((file) => `${file} (${found.filter((each) => each.file === file).length})`);
    const none = `NONE: ${reasons.get(at) ?? 'no reason is given'}`;
    process.stdout.write(`  ${level ?? 'always'}: ${where.join(', ') || none}\n`);
    if (wanted.length > 0) for (const { name } of found) process.stdout.write(`     ${name}\n`);
  }
}
