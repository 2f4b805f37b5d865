import type { MovableClock } from '../clock.ts';
import { newAuthority, type Certificate } from '../credentials/index.ts';

/** The good certificate of the emulator, and the bad ones that faults ask for. */
export interface Certificates {
  /** What clients are given to trust, in PEM. */
  readonly authority: string;
  readonly good: Certificate;
  readonly bad: (kind: 'expired' | 'foreign') => Certificate;
}

/** For `hosts` and for the names under which the service knows the regions. Dated by the clients' clock, not the moved one. */
export function newCertificates(
  hosts: readonly string[],
  regions: readonly string[],
  { unmoved, random }: MovableClock,
): Certificates {
  const names = [
    ...new Set([...hosts, 'localhost', '127.0.0.1', '::1']),
    ...regions.flatMap((region) => [
      `streaming.${region}.oci.oraclecloud.com`,
      `*.streaming.${region}.oci.oraclecloud.com`,
    ]),
  ];
  const authority = newAuthority(unmoved(), random);
  return {
    authority: authority.cert,
    good: authority.issue(names),
    bad: (kind) =>
      kind === 'expired'
        ? authority.issue(names, true)
        : // Of an authority that nobody was given to trust.
          newAuthority(unmoved(), random).issue(names),
  };
}
