import type { HttpRequest } from 'oci-common';

/** Who signs our calls. Made by `openAuth`; shared by both regions. */
export interface Auth {
  /** For people: `profile DEFAULT in /home/me/.oci/config, fingerprint 20:3b:…`. Never key material. */
  readonly identity: string;
  /** What to check when the service does not accept it. */
  readonly remedy: string;
  /** OCID, where the method tells it. */
  readonly tenancy: string | undefined;
  /** The region that the profile or the instance names; calls go to the regions of the settings all the same. */
  readonly region: string | undefined;
  /**
   * Adds the signature (and, unless `excludeBody`, the hash of the body) to the headers. Set
   * `x-date` before. Rejects when no token can be had.
   */
  sign(request: HttpRequest, excludeBody: boolean): Promise<void>;
  /**
   * After a 401: whether there are other credentials by now than those whose `keyId` the refused call was signed with (C6,
   * C16). Calls that are refused one after the other share one renewal.
   */
  renew(usedKeyId: string): Promise<boolean>;
}
