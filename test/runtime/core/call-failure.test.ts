import { describe, expect, test } from 'vitest';

import { inShort, type CallFailure } from '../../../runtime/core/index.ts';
import {
  aborted,
  hang,
  local,
  misconfigured,
  refusedConnection,
  reset,
  status,
  unreadable,
} from './failures.ts';

describe('INV-6: a failure in a few words, for the line of an attempt', () => {
  test.each<[CallFailure, string]>([
    [status(503), '503'],
    [unreadable, 'unreadable answer (200)'],
    [hang, 'no answer in 2000 ms'],
    [reset, 'connection lost'],
    [refusedConnection, 'connection refused'],
    [{ type: 'unreachable', reason: 'dns', detail: '' }, 'name does not resolve'],
    [{ type: 'unreachable', reason: 'tls', detail: '' }, 'TLS handshake failed'],
    [{ type: 'unreachable', reason: 'connect-timeout', detail: '' }, 'no connection in time'],
    [{ type: 'unreachable', reason: 'network', detail: '' }, 'network unreachable'],
    [local, 'this machine: EMFILE'],
    [misconfigured, 'configuration: the endpoint is not https'],
    [aborted, 'cancelled by the caller'],
  ])('INV-6: %j: %s', (failure, words) => {
    expect(inShort(failure)).toBe(words);
  });
});
