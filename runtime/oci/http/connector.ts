import { buildConnector } from 'undici';

import type { Clock } from '../../clock.ts';
import { afterPatiently } from './patient-timer.ts';

/** No connection (with TLS: no finished handshake) in time. The code is in the style of Node's own network errors. */
class ConnectTimeout extends Error {
  readonly code = 'CONNECT_TIMEOUT';
}

/**
 * Opens sockets, each within `limitMs`. undici's own connect time-out is off: its timers are coarse (half a second) and
 * not ours to move. Certificates are always verified, whatever NODE_TLS_REJECT_UNAUTHORIZED says (A7).
 */
export function connectorWithin(
  limitMs: number,
  clock: Pick<Clock, 'now' | 'after'>,
): buildConnector.connector {
  const connect = buildConnector({ timeout: 0, rejectUnauthorized: true });
  return (options, callback) => {
    // Its type says void; it returns the socket (undici 7, lib/core/connect.js).
    const socket = connect(options, (...outcome) => {
      cancel();
      callback(...outcome);
    }) as unknown as { destroy(error: Error): void };
    const cancel = afterPatiently(clock, limitMs, () => {
      socket.destroy(new ConnectTimeout(`no connection in ${limitMs} ms`));
    });
  };
}
