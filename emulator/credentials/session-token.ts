import { createPublicKey, sign, type KeyObject } from 'node:crypto';

/** For clients that sign without an API key: the keyId is `ST$` and the token. */
export interface SessionToken {
  readonly text: string;
  /** When it expires: milliseconds since 1970. */
  readonly until: number;
}

/** The maximum to which the `oci` command can refresh a session. The emulator has no refresh. */
const SESSION_LIFE_MS = 24 * 3_600_000;

/**
 * A token as `oci session authenticate` and resource principals store it in a file: a JWT with the session's public key. Clients read
 * its `exp`; only the emulator reads the rest.
 */
export function newSessionToken(holder: {
  readonly tenancy: string;
  readonly user: string;
  readonly key: KeyObject;
  /** Milliseconds since 1970. */
  readonly now: number;
}): SessionToken {
  const { tenancy, user, key, now } = holder;
  const until = now + SESSION_LIFE_MS;
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwk = JSON.stringify(createPublicKey(key).export({ format: 'jwk' }));
  const claims = { sub: user, tenant: tenancy, res_tenant: tenancy, ttype: 'login', jwk };
  const times = { iat: Math.floor(now / 1_000), exp: Math.floor(until / 1_000) };
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ ...claims, ...times })}`;
  return { text: `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`, until };
}
