import { expect, test } from 'vitest';

import {
  regionAnswer,
  judge,
  type RegionAnswer,
  type RegionSeen,
} from '../../../../runtime/commands/status/verdict.ts';

const answered: RegionAnswer = { type: 'answered' };
const down: RegionAnswer = { type: 'down', words: '503' };
const refused: RegionAnswer = { type: 'refused', words: 'not permitted (401)' };
const notAsked: RegionAnswer = { type: 'not-asked', words: 'not asked: no stream is known' };
const stream = { name: 'n', ocid: 'o', endpoint: 'e', state: 'ACTIVE', partitions: 1 };

const region = (
  role: 'primary' | 'secondary',
  data: RegionAnswer,
  over: Partial<RegionSeen> = {},
): RegionSeen => ({
  role,
  region: role === 'primary' ? 'p' : 's',
  stream,
  isAbsent: false,
  control: answered,
  data,
  ...over,
});
const absent = { stream: null, isAbsent: true } as const;

test.for([
  ['primary', answered, answered, 'healthy'],
  ['primary', answered, down, 'healthy'],
  ['secondary', down, answered, 'failed over'],
  ['primary', down, down, 'both down'],
  ['secondary', down, down, 'both down'],
  ['primary', refused, refused, 'cannot tell'],
  ['primary', refused, answered, 'cannot tell'],
  ['primary', down, answered, 'cannot tell'],
  ['primary', down, refused, 'cannot tell'],
  ['primary', notAsked, notAsked, 'cannot tell'],
] as const)('I6: active %s, primary %j, secondary %j: %s', ([active, primary, secondary, verdict]) => {
  expect(judge(active, region('primary', primary), region('secondary', secondary), []).verdict).toBe(verdict);
});

test('I6: an outage of the primary with no secondary yet is not "both down"', () => {
  const judged = judge('primary', region('primary', down), region('secondary', notAsked, absent), []);
  expect(judged).toMatchObject({
    verdict: 'cannot tell',
    because: expect.stringContaining('no stream yet') as string,
  });
});

test('I6: a region whose control plane is down, and whose stream is therefore not known, is down', () => {
  const unknown = region('primary', notAsked, { stream: null, control: down });
  expect(judge('secondary', unknown, region('secondary', down), []).verdict).toBe('both down');
});

test('I6: two names that do not resolve say something about this machine, one says something about its region', () => {
  const unknown: RegionAnswer = regionAnswer({ type: 'unreachable', reason: 'dns', detail: 'ENOTFOUND' });
  const both = judge('primary', region('primary', unknown), region('secondary', unknown), []);
  expect(both).toMatchObject({
    verdict: 'cannot tell',
    because: expect.stringContaining('on this machine') as string,
  });
  const one = judge('primary', region('primary', unknown), region('secondary', down), []);
  expect(one.verdict).toBe('both down');
});

test('G8: a producer that writes elsewhere than the record says is told; one of another machine is not judged', () => {
  const well = [region('primary', answered), region('secondary', answered)] as const;
  const process = { pid: 7, component: 'producer', region: 's', liveness: 'running' } as const;
  expect(judge('primary', ...well, [process])).toEqual({
    verdict: 'cannot tell',
    because: 'the record says p, but producer 7 writes to s',
  });
  expect(judge('secondary', ...well, [process]).verdict).toBe('failed over');
  expect(judge('primary', ...well, [{ ...process, liveness: 'elsewhere' }]).verdict).toBe('healthy');
  expect(judge('primary', ...well, [{ ...process, component: 'consumer' }]).verdict).toBe('healthy');
});

test('I6: what a region answered, in words: not permitted is not an outage', () => {
  const status = (code: number): RegionAnswer =>
    regionAnswer({ type: 'status', status: code, code: 'Code', message: 'm' });
  expect(status(401)).toEqual({ type: 'refused', words: 'not permitted (401 Code)' });
  expect(status(404)).toMatchObject({ type: 'refused' });
  expect(status(429)).toMatchObject({ type: 'down' });
  expect(status(503)).toEqual({ type: 'down', words: '503 Code' });
  expect(status(409)).toEqual({ type: 'answered' });
  expect(regionAnswer({ type: 'timeout', afterMs: 5 })).toMatchObject({ type: 'down' });
  expect(regionAnswer({ type: 'local', detail: 'EMFILE' })).toMatchObject({ type: 'not-asked' });
});
