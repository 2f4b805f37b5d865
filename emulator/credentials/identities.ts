import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import type { MovableClock } from '../clock.ts';
import { newRsaKey } from './rsa-key.ts';
import { newGlobalOcid } from '../state/identifier.ts';
import type { Store } from '../store/store.ts';

/** A user and its keys: one profile of an OCI config file. */
export interface Identity {
  readonly profile: string;
  readonly tenancy: string;
  readonly user: string;
  readonly key: KeyObject;
  readonly session: SessionToken;
}

const SavedIdentities = v.object({
  tenancy: v.string(),
  compartmentId: v.string(),
  users: v.record(v.string(), v.object({ user: v.string(), pem: v.string() })),
});

type SavedIdentities = v.InferOutput<typeof SavedIdentities>;

/**
 * The emulator's tenancy, with one user for each profile. A store returns the users of the last run. Session tokens are new in each run.
 */
export async function makeIdentities(
  profiles: readonly string[],
  { random, unmoved }: Pick<MovableClock, 'random' | 'unmoved'>,
  store: Store | undefined,
) {
  const known = savedIdentities(store);
  const tenancy = known?.tenancy ?? newGlobalOcid('tenancy', random);
  const compartmentId = known?.compartmentId ?? newGlobalOcid('compartment', random);
  const identities: Identity[] = await Promise.all(
    profiles.map(async (profile) => {
      const found = known?.users[profile];
      const key = found === undefined ? await newRsaKey() : createPrivateKey(found.pem);
      const user = found?.user ?? newGlobalOcid('user', random);
      const session = newSessionToken({ tenancy, user, key, now: unmoved() });
      return { profile, tenancy, user, key, session };
    }),
  );
  const users = identities.map(({ profile, user, key }) => {
    return [profile, { user, pem: key.export({ type: 'pkcs8', format: 'pem' }).toString() }] as const;
  });
  store?.saveValue('identities', {
    tenancy,
    compartmentId,
    users: { ...known?.users, ...Object.fromEntries(users) },
  } satisfies SavedIdentities);
  return { identities, compartmentId };
}

function savedIdentities(store: Store | undefined): SavedIdentities | undefined {
  const result = v.safeParse(SavedIdentities, store?.loadValue('identities'));
  return result.success ? result.output : undefined;
}

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
function newSessionToken(holder: {
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
