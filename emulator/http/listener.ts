import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server whose port can refuse connections for a while and take them again. */
export interface Listener {
  readonly url: string;
  /** Cuts every connection; until `accept`, nothing listens. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  close(): Promise<void>;
}

/** Longer than a client keeps an idle connection: else it closes on a request that is under way. */
const KEEP_ALIVE_MS = 120_000;
/** A request that trickles in longer than this is cut. */
const REQUEST_MS = 60_000;

/** Listens on `port`, 0 for any free one. */
export async function openListener(
  host: string,
  port: number,
  onRequest: RequestListener,
): Promise<Listener> {
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS, noDelay: true },
    onRequest,
  );

  const listen = (on: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port: on, backlog: 1024 }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      if (!server.listening) {
        resolve();
        return;
      }
      server.close(() => resolve());
      server.closeAllConnections();
    });

  await listen(port);
  const { port: bound } = server.address() as AddressInfo;
  // One after the other: a port is not opened while it closes.
  let last: Promise<void> = Promise.resolve();
  const next = (act: () => Promise<void>): Promise<void> => {
    last = last.then(act, act);
    return last;
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    refuse: () => next(stop),
    accept: () => next(() => (server.listening ? Promise.resolve() : listen(bound))),
    close: () => next(stop),
  };
}
