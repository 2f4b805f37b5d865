import type { RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../clock.ts';
import type { Certificate } from '../credentials/certificates.ts';
import { answerMalformedRequests, refusedForMissingHost } from './malformed-request.ts';

/** A server that can refuse connections for a while and then accept them again on the same port. */
export interface Listener {
  readonly url: string;
  /** Resets every connection. Nothing listens until `accept`. */
  readonly refuse: () => Promise<void>;
  readonly accept: () => Promise<void>;
  /** Uses another certificate for new connections, and resets the existing ones. */
  readonly useCertificate: (certificate: Certificate) => void;
  readonly close: () => Promise<void>;
}

interface ListenerAddress {
  readonly host: string;
  /** The host in `url`. Default: `host`, or 127.0.0.1 if `host` is every address. */
  readonly advertise?: string | undefined;
  /** 0 takes any free port. */
  readonly port: number;
  readonly certificate?: Certificate | undefined;
}

/** Longer than clients keep an idle connection. Else the server could close one while a request is on its way. */
const KEEP_ALIVE_MS = 120_000;
/** How long a request may take to arrive. */
interface Timeouts {
  readonly headersMs: number;
  /** Headers and body. */
  readonly requestMs: number;
  /** How often the server looks for requests that take longer. */
  readonly checkMs: number;
}

const TIMEOUTS: Timeouts = { headersMs: 20_000, requestMs: 60_000, checkMs: 5_000 };

// Not `import`: that evaluates all exports of node:http, and with them undici (13 MiB, 50 ms).
const builtIn = process.getBuiltinModule.bind(process);

export async function openListener(
  place: ListenerAddress,
  onRequest: RequestListener,
  { headersMs, requestMs, checkMs } = TIMEOUTS,
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
    if (!refusedForMissingHost(request, response)) onRequest(request, response);
  };
  const advertised = place.advertise ?? (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);
  const secure =
    certificate === undefined
      ? undefined
      : builtIn('node:https').createServer({ ...settings, ...certificate }, listener);
  const server = secure ?? builtIn('node:http').createServer(settings, listener);
  answerMalformedRequests(server);
  // `closeAllConnections` does not know those that have not ended their TLS handshake.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const closeConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };

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
      closeConnections();
    });

  await (port === 0 ? listenOnFreePort(listen) : listen(port));
  const { port: bound } = server.address() as AddressInfo;
  // One at a time: the port must be closed before it can be opened again.
  let last: Promise<void> = Promise.resolve();
  const next = (act: () => Promise<void>): Promise<void> => {
    last = last.then(act, act);
    return last;
  };
  return {
    url: `${secure === undefined ? 'http' : 'https'}://${advertised.includes(':') ? `[${advertised}]` : advertised}:${bound}`,
    refuse: () => next(stop),
    accept: () => next(() => (server.listening ? Promise.resolve() : listen(bound))),
    useCertificate(used) {
      secure?.setSecureContext(used);
      closeConnections();
    },
    close: () => next(stop),
  };
}

/**
 * A free port below the ephemeral range. The system could give an ephemeral port to an outgoing connection while this listener refuses
 * connections, and then the listener could not open it again.
 */
async function listenOnFreePort(listen: (port: number) => Promise<void>): Promise<void> {
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
