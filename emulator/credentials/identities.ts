import { createPrivateKey } from 'node:crypto';
import * as v from 'valibot';
import type { MovableClock } from '../clock.ts';
import type { Identity } from './config-directory.ts';
import { newRsaKey } from './rsa-key.ts';
import { newSessionToken } from './session-token.ts';
import { newGlobalOcid } from '../state/identifier.ts';
import type { Store } from '../store/store.ts';

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
