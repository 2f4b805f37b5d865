import { Agent, buildConnector, EnvHttpProxyAgent, Pool, type Dispatcher } from 'undici';

import type { Clock } from '../../clock.ts';
import { afterPatiently } from './deadline.ts';
import { isPlainLoopback, nameOfProxy, type Proxies } from './proxies.ts';
import { Resolver, type Lookup } from './resolver.ts';

export interface ConnectionOptions {
  /** For a connection, in ms: the name, the socket and the TLS handshake together. */
  readonly limitMs: number;
  readonly clock: Clock;
  readonly proxies: Proxies;
  /** In place of `dns.lookup`. */
  readonly lookup?: Lookup | undefined;
}

/** The connections of one region; none is shared with the other. */
export interface Connections extends Pick<Dispatcher, 'dispatch' | 'close' | 'destroy'> {
  /** The error of a connection to `origin`, with the name of the proxy where it is the proxy's. */
  explain(error: unknown, origin: string): unknown;
}

/** Idle connections are kept this long, in ms, unless the server says less: a quiet producer saves its TLS handshakes. */
const KEEP_ALIVE_MS = 30_000;

/** A pool of connections per origin. All time-outs of requests are ours (exchange.ts). */
export function openConnections(options: ConnectionOptions): Connections {
  const { limitMs, clock, proxies, lookup } = options;
  const resolver = new Resolver(limitMs, clock, lookup);
  // Certificates are always verified, whatever NODE_TLS_REJECT_UNAUTHORIZED says (A7).
  const tls = { rejectUnauthorized: true };
  const connect = connectorWithin(limitMs, clock, { ...tls, lookup: resolver.lookup });
  const agentOptions = {
    connect,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // One request at a time per connection: a second one behind a first that hangs would hang too.
    pipelining: 1,
    allowH2: false,
  };
  const direct = new Agent(agentOptions);
  if (proxies.http === undefined && proxies.https === undefined) {
    return {
      dispatch: (request, handler) => direct.dispatch(request, handler),
      close: () => direct.close(),
      destroy: () => direct.destroy(),
      explain: (error) => error,
    };
  }
  const throughProxy = new EnvHttpProxyAgent({
    ...agentOptions,
    // Empty, not absent: undici would look into the environment of the process.
    httpProxy: proxies.http?.href ?? '',
    httpsProxy: proxies.https?.href ?? '',
    noProxy: proxies.none,
    requestTls: { ...tls, timeout: limitMs },
    clientFactory: (proxy: URL) =>
      new Pool(proxy.origin, { connect: namingProxy(connect, proxy), headersTimeout: limitMs }),
  });
  return {
    dispatch(request, handler) {
      const agent = isPlainLoopback(String(request.origin)) ? direct : throughProxy;
      return agent.dispatch(request, handler);
    },
    close: async () => void (await Promise.all([direct.close(), throughProxy.close()])),
    destroy: async () => void (await Promise.all([direct.destroy(), throughProxy.destroy()])),
    explain(error, origin) {
      const proxy = new URL(origin).protocol === 'https:' ? proxies.https : proxies.http;
      return proxy === undefined ? error : proxyAnswer(error, proxy);
    },
  };
}

/** No connection (with TLS: no finished handshake) in time. The code is in the style of Node's own network errors. */
class ConnectTimeout extends Error {
  readonly code = 'CONNECT_TIMEOUT';
}

/**
 * Opens sockets, each within `limitMs`. undici's own connect time-out is off: its timers are coarse (half a second) and
 * not ours to move.
 */
function connectorWithin(
  limitMs: number,
  clock: Pick<Clock, 'now' | 'after'>,
  options: buildConnector.BuildOptions,
): buildConnector.connector {
  const connect = buildConnector({ ...options, timeout: 0 });
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

/** What goes wrong on the way to a proxy, or with its answer. */
class ProxyError extends Error {
  readonly code: string;

  constructor(proxy: URL, words: string, code: string, cause: unknown) {
    super(`${nameOfProxy(proxy)}: ${words}`, { cause });
    this.code = code;
  }
}

function namingProxy(connect: buildConnector.connector, proxy: URL): buildConnector.connector {
  return (options, callback) => {
    connect(options, (...outcome) => {
      const [error] = outcome;
      if (error === null) {
        callback(...outcome);
        return;
      }
      const { code, message } = error as NodeJS.ErrnoException;
      callback(new ProxyError(proxy, message === '' ? String(code) : message, code ?? '', error), null);
    });
  };
}

/** A proxy that refuses (407: it wants a password) goes on refusing until somebody changes the configuration. */
function proxyAnswer(error: unknown, proxy: URL): unknown {
  const { message } = (error ?? {}) as { message?: unknown };
  const status = /^Proxy response \((\d{3})\)/.exec(typeof message === 'string' ? message : '')?.[1];
  if (status === undefined) return error;
  const refused = /^4(0[1-7])$/.test(status);
  const remedy = refused ? '; check HTTPS_PROXY and NO_PROXY' : '';
  const words = `it answers ${status} to CONNECT${remedy}`;
  return new ProxyError(proxy, words, refused ? 'PROXY_REFUSED' : 'PROXY_FAILED', error);
}
