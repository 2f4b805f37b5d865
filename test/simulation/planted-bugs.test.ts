import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { PLANTED_BUGS } from './planted-bugs.ts';

test.each(PLANTED_BUGS)('the planted bug fits the source: $name', ({ patches }) => {
  for (const { file, from, to } of patches) {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(source.split(from), `${file}: ${from}`).toHaveLength(2);
    expect(to).not.toBe(from);
  }
});
