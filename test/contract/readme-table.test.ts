import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { operations } from './operations.ts';

test("the emulator's README says of each operation which clients exercise it", async () => {
  const readme = await readFile(new URL('../../emulator/README.md', import.meta.url), 'utf8');
  const columns = ['npm', 'PyPI', 'Java', 'Go'] as const;
  const told = [...readme.matchAll(/^\| (\w+) \| (✓?) ?\| (✓?) ?\| (✓?) ?\| (✓?) ?\|$/gm)].map(
    ([, name = '', ...marks]) => [name, columns.filter((_, index) => marks[index] === '✓')],
  );
  expect(Object.fromEntries(told)).toEqual(operations);
});
