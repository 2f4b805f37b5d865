import type { Route } from './route.ts';
import { routes } from './routes.ts';
import { refusal } from './service-error.ts';

const BASE_PATH = '/20180418';

const patterns = routes.map((route) => ({
  route,
  pattern: new RegExp(`^${BASE_PATH}${route.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`),
}));

export interface Match {
  readonly route: Route;
  /** What stands in the path, decoded. */
  readonly parts: Readonly<Record<string, string>>;
}

/** The operation at a method and path. Throws 404 for an unknown path, 405 for one that takes other methods. */
export function findRoute(method: string, path: string): Match {
  let known = false;
  for (const { route, pattern } of patterns) {
    const match = pattern.exec(path);
    if (match === null) continue;
    known = true;
    if (route.method === method) return { route, parts: decoded(match.groups ?? {}) };
  }
  throw known ? refusal.wrongMethod(method, path) : refusal.noSuchPath(path);
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    throw refusal.invalid('The path is not well-formed percent-encoding');
  }
}
