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

test.each([
  [407, '', '', '407 Proxy Authentication Required'],
  [999, '', '', '999 without a word'],
  [409, 'IncorrectState', '', '409 IncorrectState'],
  [502, '', 'Bad gateway of a proxy', '502 Bad gateway of a proxy'],
  [404, 'NotFound', 'no such stream', '404 NotFound no such stream'],
])('B5: an answer of %s, code "%s", words "%s" is told as it is', (status, code, message, told) => {
  const error = new CallError(where, { type: 'status', status, code, message, requestId: 'x' });
  expect(error.message).toBe(`PutMessages in sa-saopaulo-1: ${told} (opc-request-id x)`);
});
