import { expect, test } from 'vitest';

import { filled } from './page.ts';
import type { PartResult } from './results.ts';

function partOf(id: string, command: string): PartResult {
  const run = {
    command,
    commit: 'abc',
    date: '2026-11-26',
    node: 'v24',
    machine: '2 cores',
    load: 1,
    seconds: 90,
  };
  const contestants = [{ name: 'this project', samples: [{ perSecond: 300 }] }];
  return { run, profiles: {}, comparisons: [{ id, work: '100 B', figures: ['perSecond'], contestants }] };
}

test('a page is its template with the tables of the parts', () => {
  const page = filled('Puts:\n{{put}}\nGets: {{get}}', { put: partOf('put/base', 'npm run bench') });
  expect(page.split('\n')).toEqual([
    'Puts:',
    '100 B:',
    '',
    '|  | messages/s | this project : it |',
    '| --- | ---: | ---: |',
    '| this project | 300 |  |',
    'Gets: Not measured yet.',
  ]);
});

test('what was measured in one run is told once', () => {
  const page = filled('{{runs}}', {
    put: partOf('put/base', 'npm run bench'),
    get: partOf('get/base', 'npm run bench'),
    pipe: partOf('pipe/seq', 'npm run bench -- pipe'),
  });
  expect(page.split('\n').slice(2)).toEqual([
    '| `npm run bench` | abc | 2026-11-26 | v24 | 2 cores | 1 | 3.0 | put, get |',
    '| `npm run bench -- pipe` | abc | 2026-11-26 | v24 | 2 cores | 1 | 1.5 | pipe |',
  ]);
});

test('a profile is told by place and by function', () => {
  const shares = [{ name: 'runtime/oci/', share: 0.25 }];
  const part = partOf('profile/base', 'npm run bench');
  const profiles = { 'Put, 100 B': { places: shares, functions: shares } };
  expect(filled('{{profile}}', { profile: { ...part, comparisons: [], profiles } })).toBe(
    'Put, 100 B:\n\n' +
      Array(2).fill('| where | share |\n| --- | ---: |\n| runtime/oci/ | 25.0 % |').join('\n\n'),
  );
});
