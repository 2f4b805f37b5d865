import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { errorMeanings } from '../../../runtime/core/index.ts';
import { eventTypes, warningCodes } from '../../../runtime/events.ts';
import { linesOf, noteTypes } from '../../../runtime/log/lines.ts';

const document = await readFile(new URL('../../../docs/events.md', import.meta.url), 'utf8');

/** The rows of the table below a heading of docs/events.md. */
function tableBelow(heading: string): string[] {
  const [, after = ''] = document.split(`\n## ${heading}\n`);
  const [section = ''] = after.split('\n## ');
  return section.split('\n').filter((line) => line.startsWith('| `'));
}

describe('I14: docs/events.md says what the program says, word for word', () => {
  test.each([
    ['Events', eventTypes],
    ['Warnings', warningCodes],
    ["The command line's own lines", noteTypes],
    ['Errors', errorMeanings],
  ])('I14: %s', (heading, meanings) => {
    const rows = Object.entries(meanings).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
    expect(tableBelow(heading)).toEqual(rows);
  });
});

test.each(['the service said no', 'The service said no.'])('a reason ends in one full stop: %s', (latest) => {
  const { lines } = linesOf({ type: 'no-region', because: 'no-stream', latest });
  expect(lines.join()).toMatch(/[^.]\. Messages wait here and go on by themselves\.$/);
});

test.each([
  [{ partition: '1', from: 4, to: 11 }, ' are gone from r, partition 1, from offset 4 to 11'],
  // All of it may have been read: nothing in it tells.
  [
    { partition: '1', from: 4, to: undefined },
    ', if there were any, are gone from r, partition 1, from offset 4',
  ],
  [{ partition: undefined, from: undefined, to: undefined }, ' are gone from r'],
])('H10: a gap is told as far as it is known: %o', (gap, words) => {
  const { lines } = linesOf({ type: 'gap', region: 'r', ...gap });
  expect(lines).toEqual([`GAP: messages that were not read${words}: retention passed over them.`]);
});
