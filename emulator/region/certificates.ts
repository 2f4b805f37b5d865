import type { Clock } from '../clock.ts';
import { newCertificate, type Certificate } from '../credentials/index.ts';

/** The good certificate of the emulator, and the bad ones that faults ask for. */
export interface Certificates {
  readonly good: Certificate;
  readonly bad: (kind: 'expired' | 'foreign') => Certificate;
}

/** For `host` and for the names under which the service knows the regions. */
export function newCertificates(host: string, regions: readonly string[], clock: Clock): Certificates {
  const names = [
    ...new Set([host, 'localhost', '127.0.0.1', '::1']),
    ...regions.flatMap((region) => [
      `streaming.${region}.oci.oraclecloud.com`,
      `*.streaming.${region}.oci.oraclecloud.com`,
    ]),
  ];
  return {
    good: newCertificate(names, clock.now(), clock.random),
    // Foreign: nobody was given it to trust. Expired ones are foreign too, but the date is what a client names first.
    bad: (kind) => newCertificate(names, clock.now(), clock.random, kind === 'expired'),
  };
}
