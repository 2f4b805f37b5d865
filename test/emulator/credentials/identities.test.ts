import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { movableClock, systemClock } from '../../../emulator/clock.ts';
import { makeIdentities } from '../../../emulator/credentials/identities.ts';

const made = makeIdentities(['DEFAULT', 'writer'], movableClock(systemClock), undefined);

test('each profile is a user of its own, in one tenancy', async () => {
  const { identities, compartmentId } = await made;
  expect(identities.map(({ profile }) => profile)).toEqual(['DEFAULT', 'writer']);
  expect(new Set(identities.map(({ tenancy }) => tenancy)).size).toBe(1);
  expect(new Set(identities.map(({ user }) => user)).size).toBe(2);
  expect(compartmentId).toMatch(/^ocid1\.compartment\.oc1\.\./);
});

test('a session token is a JWT of the user, signed with its key, that is valid for a day', async () => {
  const { identities } = await made;
  const [{ user, tenancy, key, session }] = identities as [(typeof identities)[number]];
  const [head = '', claims = '', signature = ''] = session.text.split('.');
  const publicKey = createPublicKey(key);
  const signed = Buffer.from(`${head}.${claims}`);
  expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  const decoded = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  expect(decoded).toMatchObject({ sub: user, tenant: tenancy, exp: Math.floor(session.until / 1_000) });
  expect(Number(decoded['exp']) - Number(decoded['iat'])).toBe(86_400);
});
