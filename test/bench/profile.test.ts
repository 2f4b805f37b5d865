import { expect, test } from 'vitest';

import { summaryOf } from './profile.ts';

/** A profile in which each frame took so many microseconds. */
function profileOf(frames: readonly (readonly [name: string, url: string, us: number])[]) {
  const nodes = frames.map(([functionName, url], index) => ({
    id: index,
    callFrame: { functionName, url, scriptId: '0', lineNumber: 0, columnNumber: 0 },
  }));
  return {
    nodes,
    startTime: 0,
    endTime: 0,
    samples: nodes.map(({ id }) => id),
    timeDeltas: frames.map(([, , us]) => us),
  };
}

test('a profile is summed up by folder, by package and by what Node takes, without idle time', () => {
  const { places, functions } = summaryOf(
    profileOf([
      ['(idle)', '', 1_000_000],
      ['post', 'node:inspector', 1_000_000],
      ['add', 'file:///home/me/work/runtime/producer/lane.ts', 300],
      ['main', 'file:///home/me/work/runtime/main.ts', 50],
      ['send', 'file:///home/me/work/runtime/producer/producer.ts', 100],
      ['write', 'file:///home/me/work/node_modules/undici/lib/client.js', 200],
      ['get', 'file:///home/me/work/node_modules/@scope/name/index.js', 50],
      ['(garbage collector)', '', 150],
      ['parse', '', 50],
      ['emit', 'node:events', 50],
      ['next', 'file:///home/me/work/test/bench/work.ts', 50],
    ]),
  );
  expect(Object.fromEntries(places.map(({ name, share }) => [name, share]))).toEqual({
    'runtime/producer/': 0.4,
    'runtime/': 0.05,
    undici: 0.2,
    '@scope/name': 0.05,
    'garbage collection': 0.15,
    'Node and V8, native': 0.05,
    'Node, JavaScript': 0.05,
    'the benchmark': 0.05,
  });
  expect(places[0]?.name).toBe('runtime/producer/');
  expect(functions.slice(0, 2)).toEqual([
    { name: 'add, runtime/producer/lane.ts', share: 0.3 },
    { name: 'write, undici/lib/client.js', share: 0.2 },
  ]);
});
