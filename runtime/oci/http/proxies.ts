import { HaError } from '../../errors.ts';
import type { Environment } from '../../settings/index.ts';

/** The proxies that the environment names, as curl, npm and undici read it. Addresses may hold a password: never print one. */
export interface Proxies {
  readonly http: URL | undefined;
  readonly https: URL | undefined;
  /** Hosts that are reached without a proxy. */
  readonly none: string;
}

/**
 * HTTPS_PROXY, HTTP_PROXY (also for https when it stands alone) and NO_PROXY; of two spellings the one in small letters counts.
 * @throws HaError `CONFIG`
 */
export function readProxies(environment: Environment): Proxies {
  const http = proxyIn(environment, 'http_proxy');
  return {
    http,
    https: proxyIn(environment, 'https_proxy') ?? http,
    none: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '',
  };
}

function proxyIn(environment: Environment, name: string): URL | undefined {
  const variable = environment[name] === undefined ? name.toUpperCase() : name;
  const value = environment[variable]?.trim() ?? '';
  if (value === '') return undefined;
  // `proxy.example:3128` is what many write.
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new HaError(
    'CONFIG',
    `${variable} in the environment is not the address of an http or https proxy, such as http://proxy.example:3128`,
  );
}

/** What a person may read: without user name and password. */
export function nameOfProxy({ origin }: URL): string {
  return `proxy ${origin}`;
}

/** Plain http goes only to an emulator on this machine, which no proxy can reach. */
export function isPlainLoopback(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
