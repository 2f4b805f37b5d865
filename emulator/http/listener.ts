import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../clock.ts';
import type { Certificate } from '../credentials/certificates.ts';
import { refuseNoCalls, refusesForHost } from './malformed-request.ts';

/** A server whose port can refuse connections for a while and take them again. */
export interface Listener {
  readonly url: string;
  /** Cuts every connection; until `accept`, nothing listens. */
  readonly refuse: () => Promise<void>;
  readonly accept: () => Promise<void>;
  /** Shows another certificate to new connections, and cuts the ones there are. */
  readonly show: (certificate: Certificate) => void;
  readonly close: () => Promise<void>;
}

interface ListenerPlace {
  readonly host: string;
  /** The host that others are told. Default `host`, and this machine where that is every address. */
  readonly advertise?: string | undefined;
  /** 0 for any free one. */
  readonly port: number;
  readonly certificate?: Certificate | undefined;
}

/** Longer than a client keeps an idle connection: else it closes on a request that is under way. */
const KEEP_ALIVE_MS = 120_000;
/** How long a request may take to arrive. */
interface Patience {
  readonly headersMs: number;
  /** Headers and body. */
  readonly requestMs: number;
  /** How often is looked for those that take longer. */
  readonly checkMs: number;
}

const PATIENCE: Patience = { headersMs: 20_000, requestMs: 60_000, checkMs: 5_000 };

// Not by `import`: that reads every export, the lazy ones too, and behind them is all of undici (13 MiB, 50 ms).
const builtIn = process.getBuiltinModule.bind(process);

export async function openListener(
  place: ListenerPlace,
  onRequest: RequestListener,
  { headersMs, requestMs, checkMs } = PATIENCE,
): Promise<Listener> {
  const { host, port, certificate } = place;
  const settings = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    requireHostHeader: false,
    noDelay: true,
  };
  const listener: RequestListener = (request, response) => {
    if (!refusesForHost(request, response)) onRequest(request, response);
  };
  const named = place.advertise ?? (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);
  const secure =
    certificate === undefined
      ? undefined
      : builtIn('node:https').createServer({ ...settings, ...certificate }, listener);
  const server = secure ?? builtIn('node:http').createServer(settings, listener);
  refuseNoCalls(server);

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

  await (port === 0 ? listenSomewhere(listen) : listen(port));
  const { port: bound } = server.address() as AddressInfo;
  // One after the other: a port is not opened while it closes.
  let last: Promise<void> = Promise.resolve();
  const next = (act: () => Promise<void>): Promise<void> => {
    last = last.then(act, act);
    return last;
  };
  return {
    url: `${secure === undefined ? 'http' : 'https'}://${named.includes(':') ? `[${named}]` : named}:${bound}`,
    refuse: () => next(stop),
    accept: () => next(() => (server.listening ? Promise.resolve() : listen(bound))),
    show(shown) {
      secure?.setSecureContext(shown);
      server.closeAllConnections();
    },
    close: () => next(stop),
  };
}

/**
 * Any free port, but below those that the system hands out by itself: a port that refuses for a while must not be
 * taken, as the near end of somebody's connection, before it is opened again.
 */
async function listenSomewhere(listen: (port: number) => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      await listen(20_000 + Math.floor(systemClock.random() * 12_000));
      return;
    } catch (error) {
      if (!['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  await listen(0);
}
