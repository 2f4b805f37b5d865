import { describe, expect, test } from 'vitest';

import { livenessOf, parsePresenceFile, Presence } from '../../../runtime/record/presence.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const presence = {
  pid: 42,
  startedTicks: '1000',
  machine: 'here',
  component: 'producer',
  region: 'sa-vinhedo-1',
  since: '2026-11-23T12:00:00Z',
};

describe('R7: whether a process that works with the record is still there', () => {
  test.each([
    [
      'its pid runs, and it is the one that started then',
      presence,
      { isRunning: true, startedTicks: '1000' },
      'running',
    ],
    ['its pid does not run', presence, { isRunning: false, startedTicks: '1000' }, 'gone'],
    ['its pid is now of another process', presence, { isRunning: true, startedTicks: '2000' }, 'gone'],
    [
      'the machine does not tell when it started',
      presence,
      { isRunning: true, startedTicks: null },
      'running',
    ],
    [
      'it did not tell',
      { ...presence, startedTicks: null },
      { isRunning: true, startedTicks: '2000' },
      'running',
    ],
    [
      'it is of another machine',
      { ...presence, machine: 'there' },
      { isRunning: false, startedTicks: null },
      'elsewhere',
    ],
  ])('R7: %s', (_, given, seen, liveness) => {
    expect(livenessOf(given, 'here', seen)).toBe(liveness);
  });
});

describe('R7: the file of a process', () => {
  test.skipIf(process.platform !== 'linux')(
    'R7, E7: that cannot be made is told once, also where making its directory is ENOENT for ever',
    () => {
      const problems: string[] = [];
      const options = { recordFile: '/proc/none', component: 'producer', clock: new VirtualClock() };
      const own = new Presence(
        { ...options, onProblem: (message) => problems.push(message) },
        'sa-vinhedo-1',
      );
      own.moved(undefined);
      own.close();
      expect(problems).toEqual([
        '/proc/none.processes cannot be written (ENOENT): status will not show this process.',
      ]);
    },
  );
});

describe('R7: what it says of itself', () => {
  test('R7: is read, and no more than that', () => {
    expect(parsePresenceFile(JSON.stringify({ ...presence, more: 1 }))).toEqual(presence);
    const nowhere = { ...presence, region: null, startedTicks: null };
    expect(parsePresenceFile(JSON.stringify(nowhere))).toEqual(nowhere);
    expect(parsePresenceFile(JSON.stringify({ ...presence, pid: 1 }))?.pid).toBe(1);
  });

  test.each(['', '{', 'null', '7', '"x"', '[]', JSON.stringify(presence).slice(0, 40)])(
    'R7: is nothing when it is not whole: %j',
    (text) => expect(parsePresenceFile(text)).toBeUndefined(),
  );

  test.each([
    ...[0, -1, 1.5, '42', null].map((pid) => ({ pid })),
    ...['startedTicks', 'machine', 'component', 'region', 'since'].map((field) => ({ [field]: 7 })),
    ...['machine', 'component', 'since'].map((field) => ({ [field]: null })),
  ])('R7: is nothing with %j', (wrong) => {
    expect(parsePresenceFile(JSON.stringify({ ...presence, ...wrong }))).toBeUndefined();
  });
});
