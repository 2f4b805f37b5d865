import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { movableClock, systemClock } from '../../../emulator/clock.ts';
import { newCertificates } from '../../../emulator/credentials/certificates.ts';

const certificates = newCertificates(['emulator', '10.0.0.7'], ['sa-vinhedo-1'], movableClock(systemClock));
const authority = new X509Certificate(certificates.authority);
const good = new X509Certificate(certificates.good.cert);

test('the certificate is valid now, and signed by the authority', () => {
  expect(good.verify(authority.publicKey)).toBe(true);
  expect(good.checkIssued(authority)).toBe(true);
  expect(Date.parse(good.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(good.validTo)).toBeGreaterThan(Date.now());
});

test.each(['emulator', 'localhost', 'cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com'])(
  'it is for the host %s',
  (host) => {
    expect(good.checkHost(host)).toBeDefined();
  },
);

test('it is for the addresses of this machine and the given one, and for no others', () => {
  for (const ip of ['127.0.0.1', '::1', '10.0.0.7']) expect(good.checkIP(ip)).toBeDefined();
  expect(good.checkIP('10.0.0.8')).toBeUndefined();
  expect(good.checkHost('streaming.sa-saopaulo-1.oci.oraclecloud.com')).toBeUndefined();
});

test('of the two for faults, one has expired and the other is signed by a foreign authority', () => {
  const expired = new X509Certificate(certificates.bad('expired').cert);
  expect(expired.verify(authority.publicKey)).toBe(true);
  expect(Date.parse(expired.validTo)).toBeLessThan(Date.now());
  const foreign = new X509Certificate(certificates.bad('foreign').cert);
  expect(foreign.verify(authority.publicKey)).toBe(false);
});
