import { describe, expect, it } from 'vitest';

import { networkFailure } from '../../../runtime/oci/failure.ts';
import { printable } from '../../../runtime/oci/foreign-text.ts';

const deadline = { limitMs: 2_000, dueAt: 2_000, signal: undefined };
const failureOf = (error: unknown, written: boolean) =>
  networkFailure({ type: 'broken', error, written }, deadline, printable);
const error = (code: string, message = 'as told') => Object.assign(new Error(message), { code });

describe('a connection that could not be made', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['EHOSTUNREACH', 'network'],
    ['ENETUNREACH', 'network'],
    ['ETIMEDOUT', 'connect-timeout'],
    ['CONNECT_TIMEOUT', 'connect-timeout'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['CERT_NOT_YET_VALID', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['EPROTO', 'tls'],
    ['SOMETHING_NEW', 'network'],
  ] as const)('A5, A6, A7: %s is %s', (code, reason) => {
    expect(failureOf(error(code), false)).toEqual({
      type: 'unreachable',
      reason,
      detail: `${code}: as told`,
    });
  });

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL'])('C12: %s is a fault of this machine', (code) => {
    expect(failureOf(error(code), false)).toEqual({ type: 'local', detail: `${code}: as told` });
  });

  it('A5: says the first of several addresses, whose common error has no words', () => {
    const both = new AggregateError([error('ECONNREFUSED', 'connect ECONNREFUSED ::1:443')]);
    expect(failureOf(Object.assign(both, { code: 'ECONNREFUSED' }), false)).toEqual({
      type: 'unreachable',
      reason: 'refused',
      detail: 'connect ECONNREFUSED ::1:443',
    });
  });
});

describe('a connection that broke after writing', () => {
  it('A9: is a reset, whatever broke it', () => {
    expect(failureOf(error('ECONNRESET', 'read ECONNRESET'), true)).toEqual({
      type: 'reset',
      detail: 'read ECONNRESET',
    });
    expect(failureOf(error('EPIPE'), true).type).toBe('reset');
  });
});

it('A21: no connection in time is no time-out of the region, unless something was written', () => {
  expect(networkFailure({ type: 'late', written: false }, deadline, printable)).toEqual({
    type: 'unreachable',
    reason: 'connect-timeout',
    detail: '2000 ms',
  });
  expect(networkFailure({ type: 'late', written: true }, deadline, printable)).toEqual({
    type: 'timeout',
    afterMs: 2_000,
  });
});
