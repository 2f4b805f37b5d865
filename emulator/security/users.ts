import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Caller, Permission } from '../operations/index.ts';
import { fingerprintOf } from '../credentials/index.ts';
import type { Grant } from './grants.ts';
import { NotAuthenticated, parseAuthorization, verifySignature, type SignedCall } from './signature.ts';

/** How signatures are treated: all calls need one, those that come are checked, or nobody looks. */
export type Signatures = 'required' | 'checked' | 'ignored';

export interface User {
  readonly tenancy: string;
  readonly user: string;
  readonly key: KeyObject;
  readonly grants: readonly Grant[];
}

/** Those whom the emulator knows: the ones in its own config file. No other key is ever accepted. */
export class Users {
  readonly #signatures: Signatures;
  readonly #users = new Map<string, { readonly key: KeyObject; readonly caller: Caller }>();

  constructor(signatures: Signatures) {
    this.#signatures = signatures;
  }

  add({ tenancy, user, key, grants }: User): void {
    const may = (permission: Permission, compartmentId: string): boolean =>
      grants.some(
        (grant) =>
          grant.permissions.has(permission) &&
          (grant.compartmentId === undefined || grant.compartmentId === compartmentId),
      );
    this.#users.set(`${tenancy}/${user}/${fingerprintOf(key)}`, {
      key: createPublicKey(key),
      caller: { may },
    });
  }

  /** Who calls; `undefined` for one who is not asked and may do everything. Throws `NotAuthenticated`. */
  callerOf(call: SignedCall, now: number): Caller | undefined {
    const header = call.headers['authorization'];
    if (this.#signatures === 'ignored' || (this.#signatures === 'checked' && header === undefined))
      return undefined;
    const authorization = parseAuthorization(header);
    const known = this.#users.get(authorization.keyId);
    if (known === undefined) {
      throw new NotAuthenticated(
        'The required information to complete authentication was not provided or was incorrect. ' +
          'The emulator knows only the keys in the config file that it made.',
      );
    }
    verifySignature(call, authorization, known.key, now);
    return known.caller;
  }
}
