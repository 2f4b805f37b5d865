import { describe, expect, it } from 'vitest';

import { networkFailure } from '../../../../runtime/oci/http/network-failure.ts';

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
  ] as const)('%s is %s', (code, reason) => {
    expect(networkFailure(error(code), false)).toEqual({
      type: 'unreachable',
      reason,
      detail: `${code}: as told`,
    });
  });

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL'])('C12: %s is a fault of this machine', (code) => {
    expect(networkFailure(error(code), false)).toEqual({ type: 'local', detail: `${code}: as told` });
  });

  it('says the first of several addresses, whose common error has no words', () => {
    const both = new AggregateError([error('ECONNREFUSED', 'connect ECONNREFUSED ::1:443')]);
    expect(networkFailure(Object.assign(both, { code: 'ECONNREFUSED' }), false)).toEqual({
      type: 'unreachable',
      reason: 'refused',
      detail: 'connect ECONNREFUSED ::1:443',
    });
  });
});

describe('a connection that broke after writing', () => {
  it('is a reset, whatever broke it', () => {
    expect(networkFailure(error('ECONNRESET', 'read ECONNRESET'), true)).toEqual({
      type: 'reset',
      detail: 'read ECONNRESET',
    });
    expect(networkFailure(error('EPIPE'), true).type).toBe('reset');
  });
});
