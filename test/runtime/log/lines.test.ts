import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { EVENT_LIST } from '../../../runtime/log/lines.ts';

test('I14: docs/events.md has every event', async () => {
  const events = await readFile(new URL('../../../docs/events.md', import.meta.url), 'utf8');
  for (const [type, about] of Object.entries(EVENT_LIST))
    expect(events).toContain(`| \`${type}\` | ${about} |`);
  expect(events.match(/^\| `/gm)).toHaveLength(Object.keys(EVENT_LIST).length);
});
