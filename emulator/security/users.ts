import { createPublicKey, type KeyObject } from 'node:crypto';
import { fingerprintOf } from '../credentials/config-directory.ts';
import type { SessionToken } from '../credentials/identities.ts';
import type { Caller, Grant, Permission } from './grants.ts';
import { NotAuthenticated, parseAuthorization, verifySignature, type SignedCall } from './signature.ts';

/** Every call needs a signature; only signatures that are present are checked; or none is checked. */
export type Signatures = 'required' | 'checked' | 'ignored';

interface User {
  readonly tenancy: string;
  readonly user: string;
  readonly key: KeyObject;
  readonly session: SessionToken;
  readonly grants: readonly Grant[];
}

interface KnownKey {
  readonly key: KeyObject;
  readonly caller: Caller;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** The users in the emulator's own config file, by API key and session token. No other key is accepted. */
export class Users {
  readonly #signatures: Signatures;
  /** By keyId. */
  readonly #known = new Map<string, KnownKey>();

  constructor(signatures: Signatures) {
    this.#signatures = signatures;
  }

  add({ tenancy, user, key, session, grants }: User): void {
    const may = (permission: Permission, compartmentId: string): boolean =>
      grants.some(
        (grant) =>
          grant.permissions.has(permission) &&
          (grant.compartmentId === undefined || grant.compartmentId === compartmentId),
      );
    const known = { key: createPublicKey(key), caller: { may } };
    this.#known.set(`${tenancy}/${user}/${fingerprintOf(key)}`, { ...known, until: Infinity });
    this.#known.set(`ST$${session.text}`, { ...known, until: session.until });
  }

  /** The caller, or `undefined` if signatures are not checked: then everything is permitted. Throws `NotAuthenticated`. */
  callerOf(call: SignedCall, now: number): Caller | undefined {
    const header = call.headers['authorization'];
    if (this.#signatures === 'ignored' || (this.#signatures === 'checked' && header === undefined))
      return undefined;
    const authorization = parseAuthorization(header);
    const known = this.#known.get(authorization.keyId);
    if (known === undefined) {
      throw new NotAuthenticated(
        'The required information to complete authentication was not provided or was incorrect. ' +
          'The emulator knows only the keys and tokens in the config file that it made.',
      );
    }
    if (now >= known.until) throw new NotAuthenticated('The session token has expired.');
    verifySignature(call, authorization, known.key, now);
    return known.caller;
  }
}
