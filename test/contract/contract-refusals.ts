import { expect, it } from 'vitest';
import type { Seen } from './walk.ts';

type Row = readonly [step: string, status: number, code: string, message: string];

const NOT_FOUND = [
  404,
  'NotAuthorizedOrNotFound',
  'Authorization failed or requested resource not found.',
] as const;

const refusals: readonly Row[] = [
  ['call with another key', 401, 'NotAuthenticated', ''],
  ['call with an unknown key', 401, 'NotAuthenticated', ''],
  ['call with a clock that is wrong', 401, 'NotAuthenticated', 'clock skew'],
  ['put with another key', 401, 'NotAuthenticated', ''],
  ['put as a reader', ...NOT_FOUND],
  ['get what is not there', ...NOT_FOUND],
  ['put to what is not there', ...NOT_FOUND],
  ['get a group that is none', ...NOT_FOUND],
  ['a cursor at no offset', 400, 'InvalidParameter', 'out of range'],
  ['read with an expired cursor', 400, 'InvalidParameter', 'The cursor is expired. Create a new one.'],
  ['read with a cursor that is none', 400, 'InvalidParameter', 'The cursor is invalid. Create a new one.'],
  [
    'heartbeat with a cursor that is none',
    400,
    'InvalidParameter',
    'The cursor is invalid. Create a new one.',
  ],
  ['read a sixth time in a second', 429, 'TooManyRequests', 'next request can be made in'],
  ['call while the service is away', 503, 'ServiceUnavailable', ''],
];

/** What a client's exceptions say. */
export function itSeesRefusals(seen: (step: string) => Seen): void {
  it.each(refusals)('%s: %i %s', (step, status, code, message) => {
    const { error } = seen(step);
    expect(error).toMatchObject({ status, code });
    expect(error?.message).toContain(message);
  });

  it('lets a reader read', () => {
    expect(seen('read as a reader').body).toMatchObject({ name: 'orders' });
  });
}
