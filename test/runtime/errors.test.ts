import { createContext, runInContext } from 'node:vm';

import { expect, test, vi } from 'vitest';

import { BatchError, CallError, HaError, isHaError } from '../../runtime/errors.ts';

const where = { region: 'sa-saopaulo-1', operation: 'PutMessages' };

test('isHaError knows every error of this package, and one of another copy of it', async () => {
  vi.resetModules();
  const copy = await import('../../runtime/errors.ts');
  const ofCopy = new copy.HaError('CLOSED', 'closed');
  expect(ofCopy).not.toBeInstanceOf(HaError);
  const errors = [
    new HaError('CONFIG', 'wrong'),
    new CallError(where, { type: 'timeout', afterMs: 2_000 }),
    new BatchError([]),
    ofCopy,
  ];
  expect(errors.map(isHaError)).toEqual([true, true, true, true]);
});

test('isHaError is false for everything else, whatever it looks like', () => {
  const lookalike = Object.assign(new Error('no'), { name: 'HaError', code: 'CONFIG' });
  const ofAnotherRealm: unknown = runInContext("new Error('there')", createContext());
  const refuses = new Proxy({}, { has: () => expect.fail('it is looked at') });
  const others = [
    lookalike,
    ofAnotherRealm,
    refuses,
    new TypeError(),
    null,
    undefined,
    'HaError',
    7,
    () => {},
  ];
  expect(others.map(isHaError)).toEqual(others.map(() => false));
});
