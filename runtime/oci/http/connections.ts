import { Agent } from 'undici';

import type { Clock } from '../../clock.ts';
import { connectorWithin } from './connector.ts';

/** Idle connections are kept this long, in ms, unless the server says less: a quiet producer saves its TLS handshakes. */
const KEEP_ALIVE_MS = 30_000;

/** A pool of connections an origin, none shared with anybody else. All time-outs are ours (exchange.ts). */
export function openConnections(connectTimeoutMs: number, clock: Clock): Agent {
  return new Agent({
    connect: connectorWithin(connectTimeoutMs, clock),
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // One request at a time a connection: a second one behind a hanging first would share its fate.
    pipelining: 1,
    allowH2: false,
  });
}
