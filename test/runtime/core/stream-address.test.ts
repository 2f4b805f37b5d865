import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type AddressTrust,
  checkStream,
  endpointVariable,
  partsOfStreamOcid,
  realmOfOcid,
  trustedEndpoint,
  type StreamAddress,
} from '../../../runtime/core/index.ts';
import { anyText, cases } from '../../support/cases.ts';

const REGION = 'sa-vinhedo-1';
const OCID = `ocid1.stream.oc1.${REGION}.amaaaaaauwpiejqa`;
const ENDPOINT = `https://cell-1.streaming.${REGION}.oci.oraclecloud.com`;
const TRUST: AddressTrust = { region: REGION, endpoints: {}, realm: 'oc1' };

const check = (
  over: Partial<StreamAddress>,
  trust: Partial<AddressTrust> = {},
): ReturnType<typeof checkStream> =>
  checkStream({ ocid: OCID, endpoint: ENDPOINT, ...over }, { ...TRUST, ...trust });

const RUNS = cases(20_000, 400);
const ESC = String.fromCodePoint(27);

describe('E10: a stream that may be used', () => {
  test('E10: is one with an OCID and an endpoint of its region, in its realm', () => {
    expect(check({})).toEqual({
      trusted: true,
      stream: { region: REGION, ocid: OCID, endpoint: ENDPOINT },
    });
  });

  test('E10: has the origin of its endpoint, in one spelling', () => {
    for (const endpoint of [`${ENDPOINT}/`, `${ENDPOINT}:443`, ENDPOINT.toUpperCase()])
      expect(check({ endpoint })).toMatchObject({ stream: { endpoint: ENDPOINT } });
  });

  test('E10: may be of any realm while it is not known which one is right', () => {
    const ocid = OCID.replace('oc1.', 'oc19.');
    expect(check({ ocid }, { realm: undefined }).trusted).toBe(true);
    expect(check({ ocid }, { realm: 'oc19' }).trusted).toBe(true);
  });

  test('E10: may be at the endpoint that the user names for its region', () => {
    const endpoints = { [REGION]: 'http://127.0.0.1:7102' };
    expect(check({ endpoint: 'http://127.0.0.1:7102' }, { endpoints })).toMatchObject({
      stream: { endpoint: 'http://127.0.0.1:7102' },
    });
    const other = { 'sa-saopaulo-1': 'http://127.0.0.1:7102' };
    expect(check({ endpoint: 'http://127.0.0.1:7102' }, { endpoints: other })).toMatchObject({
      trusted: false,
      about: 'endpoint',
    });
  });

  test('E10: in the oldest regions carries a key where others carry the name', () => {
    const trust = { region: 'us-ashburn-1' };
    const endpoint = 'https://cell-1.streaming.us-ashburn-1.oci.oraclecloud.com';
    expect(check({ ocid: 'ocid1.stream.oc1.iad.aaa', endpoint }, trust).trusted).toBe(true);
    expect(partsOfStreamOcid('ocid1.stream.oc1.phx.aaa')).toEqual({ region: 'us-phoenix-1', realm: 'oc1' });
  });
});

describe('D17, E10: an OCID that is refused', () => {
  test.each([
    ['is empty', ''],
    ['is of another resource', `ocid1.streampool.oc1.${REGION}.aaa`],
    ['has no unique part', `ocid1.stream.oc1.${REGION}.`],
    ['has no realm', `ocid1.stream..${REGION}.aaa`],
    ['has no region', 'ocid1.stream.oc1..aaa'],
    ['begins with a space', ` ${OCID}`],
    ['ends with a line break', `${OCID}\n`],
    ['holds an escape', `${OCID}${ESC}[31m`],
    ['holds a line break', `ocid1.stream.oc1.${REGION}.a\nb`],
    ['holds a NUL', `${OCID}\0`],
    ['holds a slash', `${OCID}/../x`],
    ['holds a percent sign', `${OCID}%2e`],
    ['holds letters of another script', `${OCID}а`],
    ['is in upper case', OCID.toUpperCase()],
    ['names its realm in upper case', OCID.replace('oc1', 'OC1')],
    ['is too long', `${OCID}${'a'.repeat(200)}`],
  ])('D17: %s', (_, ocid) => {
    expect(check({ ocid })).toEqual({
      trusted: false,
      about: 'ocid',
      problem: "is not a stream's OCID (ocid1.stream.<realm>.<region>.<unique>)",
    });
    expect(partsOfStreamOcid(ocid)).toBeUndefined();
  });

  test('C15: of another region, which is named', () => {
    expect(check({ ocid: OCID.replace(REGION, 'sa-saopaulo-1') })).toEqual({
      trusted: false,
      about: 'ocid',
      problem: `is of sa-saopaulo-1, and ${REGION} is expected`,
    });
  });

  test('D17: of another realm, which is named', () => {
    expect(check({ ocid: OCID.replace('oc1.', 'oc2.') })).toEqual({
      trusted: false,
      about: 'ocid',
      problem: 'is of realm oc2, and oc1 is expected',
    });
  });

  test('E10: the longest unique part has 200 characters', () => {
    const prefix = `ocid1.stream.oc1.${REGION}.`;
    expect(check({ ocid: prefix + 'a'.repeat(200) }).trusted).toBe(true);
    expect(check({ ocid: prefix + 'a'.repeat(201) }).trusted).toBe(false);
  });
});

describe('D17, C15: an endpoint that is refused', () => {
  test('D17: an empty one', () => {
    expect(check({ endpoint: '' })).toEqual({
      trusted: false,
      about: 'endpoint',
      problem: 'is not a web address',
    });
  });

  test('C15: one of another region', () => {
    expect(check({ endpoint: ENDPOINT.replace(REGION, 'sa-saopaulo-1') })).toMatchObject({
      about: 'endpoint',
      problem: expect.stringContaining(`is not a Streaming host of ${REGION}`) as string,
    });
  });
});

describe('D17: the realm of any OCID', () => {
  test.each([
    ['ocid1.compartment.oc1..aaa', 'oc1'],
    ['ocid1.tenancy.oc19..aaa', 'oc19'],
    [OCID, 'oc1'],
    ['ocid1.compartment.OC1..aaa', undefined],
    ['xocid1.compartment.oc1..aaa', undefined],
    ['ocid1.compartment', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('D17: of %s is %s', (ocid, realm) => {
    expect(realmOfOcid(ocid)).toBe(realm);
  });
});

describe('E10, D17: whatever is read', () => {
  /** Texts that are close to right ones: parts of them, in any order, with what an attacker would add. */
  const pieces = fc.constantFrom(
    ...'https:// http:// HTTPS:// // user:word@ @ :443 :8443 : . .. / ?x # cell-1. streaming. STREAMING.'.split(
      ' ',
    ),
    ...'.sa-saopaulo-1 .oci. oci oraclecloud.com oraclecloud1.com oraclegovcloud.uk evil.example'.split(' '),
    ...'%2e %00 \\ 。 ｏ xn-- é 127.0.0.1 [::1] localhost \u{ad} \u{202e} - a'.split(' '),
    '\t',
    '\n',
    ESC,
    REGION,
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    anyText(40),
    // The right one, with one piece put in anywhere.
    fc
      .tuple(fc.nat(ENDPOINT.length), pieces)
      .map(([at, piece]) => ENDPOINT.slice(0, at) + piece + ENDPOINT.slice(at)),
  );
  const named = 'http://127.0.0.1:7102';
  const OWN_HOST =
    /^https:\/\/([a-z0-9-]+\.)?streaming\.sa-vinhedo-1\.oci\.(oraclecloud\d*\.com|oraclegovcloud\.com|oraclegovcloud\.uk|oraclecloud\.eu)$/;

  test("E10: what is trusted is OCI's own host of that region over https, or the user's own origin", () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (endpoint, isNamed) => {
        const found = check({ endpoint }, { endpoints: isNamed ? { [REGION]: named } : {} });
        if (!found.trusted) return;
        const origin = found.stream.endpoint;
        expect(OWN_HOST.test(origin) || (isNamed && origin === named)).toBe(true);
        expect(new URL(endpoint).origin).toBe(origin);
        expect(endpoint).not.toMatch(/[@\s\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: RUNS },
    );
  });

  test('E10, B16: a refusal never repeats what stands before the @', () => {
    fc.assert(
      fc.property(texts, texts, (left, right) => {
        const found = check({ endpoint: `https://anna:hunter2@${left}${right}` });
        expect(JSON.stringify(found)).not.toContain('hunter2');
      }),
      { numRuns: RUNS / 4 },
    );
  });

  test('D17: an OCID that is trusted is of that region and realm, and of harmless characters', () => {
    const parts = fc.constantFrom(
      ...`ocid1 stream oc1 oc2 ${REGION} sa-saopaulo-1 iad . .. amaaa é`.split(' '),
      '\n',
      ESC,
      ' ',
    );
    const ocids = fc.oneof(
      fc.array(parts, { maxLength: 11 }).map((all) => all.join('')),
      fc.array(parts, { maxLength: 6 }).map((all) => all.join('.')),
      fc.tuple(fc.nat(OCID.length), parts).map(([at, part]) => OCID.slice(0, at) + part + OCID.slice(at)),
    );
    fc.assert(
      fc.property(ocids, (ocid) => {
        const found = check({ ocid });
        if (!found.trusted) return;
        expect(found.stream.ocid).toBe(ocid);
        expect(ocid).toMatch(/^ocid1\.stream\.oc1\.sa-vinhedo-1\.[A-Za-z0-9._-]{1,200}$/);
      }),
      { numRuns: RUNS },
    );
  });
});

const NOBODY = {};

describe('E10: which endpoint a signed request may go to', () => {
  test.each([
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com',
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com/',
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com:443',
    'https://CELL-1.Streaming.sa-vinhedo-1.oci.OracleCloud.com',
    'https://qwxuticlhaya.streaming.sa-vinhedo-1.oci.oraclecloud.com',
    'https://streaming.sa-vinhedo-1.oci.oraclecloud.com',
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclegovcloud.uk',
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud52.com',
  ])('E10: trusts %s', (endpoint) => {
    const trust = trustedEndpoint(endpoint, REGION, NOBODY);
    expect(trust).toEqual({ trusted: true, origin: new URL(endpoint).origin });
  });

  test.each([
    ['http://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'is not https'],
    ['ftp://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'is not https'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com:8443', 'is not a Streaming host'],
    ['https://cell-1.streaming.sa-saopaulo-1.oci.oraclecloud.com', 'is not a Streaming host of sa-vinhedo-1'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com.', 'is not a Streaming host'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com.evil.example', 'is not a Streaming host'],
    ['https://evil.example/cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'has more than'],
    ['https://evilstreaming.sa-vinhedo-1.oci.oraclecloud.com', 'is not a Streaming host'],
    ['https://a.b.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'is not a Streaming host'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud7.com', 'is not a Streaming host'],
    ['https://cell-1.objectstorage.sa-vinhedo-1.oci.oraclecloud.com', 'is not a Streaming host'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com?x=1', 'has more than'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com#x', 'has more than'],
    ['https://127.0.0.1', 'is not a Streaming host'],
    ['http://127.0.0.1:7101', 'is not https'],
    ['cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'is not a web address'],
    ['', 'is not a web address'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com\n', 'holds spaces or control characters'],
    [' https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'holds spaces or control characters'],
    ['https://cell-1\u{ad}.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'holds spaces or control characters'],
    [
      'https://cell-1.streaming.sa-vinhedo-1.oci.oracl\u{200b}ecloud.com',
      'holds spaces or control characters',
    ],
    ['https://anna@cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'holds a user name or password'],
    ['https://@cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'holds a user name or password'],
    ['https://evil.example/@x', 'has more than'],
    ['https://:word@cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'holds a user name or password'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com/20180418', 'has more than'],
    ['https://c\u{e9}ll.streaming.sa-vinhedo-1.oci.oraclecloud.com.evil', 'is not a Streaming host'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecl\u{43e}ud.com', 'is not a Streaming host'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.co', 'is not a Streaming host'],
    ['https://-.-.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'is not a Streaming host'],
    ['https://.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'is not a Streaming host'],
    ['javascript:alert(1)', 'has more than'],
    ['file:///etc/passwd', 'has more than'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com:0', 'is not a Streaming host'],
    ['https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com:99999', 'is not a web address'],
  ])('E10, D17: refuses %j', (endpoint, because) => {
    const trust = trustedEndpoint(endpoint, REGION, NOBODY);
    expect(trust).toMatchObject({ trusted: false, because: expect.stringContaining(because) as string });
  });

  test('E10: does not repeat a password', () => {
    const trust = trustedEndpoint('https://anna:hunter2@evil.example', REGION, NOBODY);
    expect(trust).toEqual({ trusted: false, because: 'holds a user name or password' });
  });

  test('E10: trusts what the settings name for that region, whatever the scheme, and for no other region', () => {
    const named = { 'sa-vinhedo-1': 'http://127.0.0.1:7102' };
    expect(trustedEndpoint('http://127.0.0.1:7102/', 'sa-vinhedo-1', named)).toEqual({
      trusted: true,
      origin: 'http://127.0.0.1:7102',
    });
    for (const other of ['http://127.0.0.1:7103', 'http://localhost:7102', 'https://127.0.0.1:7102'])
      expect(trustedEndpoint(other, 'sa-vinhedo-1', named).trusted).toBe(false);
    expect(trustedEndpoint('http://127.0.0.1:7102', 'sa-saopaulo-1', named).trusted).toBe(false);
  });

  test('E10: trusts a private endpoint that the settings name', () => {
    const origin = 'https://streams.example';
    expect(trustedEndpoint(origin, REGION, { [REGION]: origin })).toEqual({ trusted: true, origin });
  });

  test('E10: trusts nothing but http and https, even when the settings name it', () => {
    for (const odd of ['ftp://127.0.0.1', 'file:///etc/passwd', 'data:,']) {
      expect(trustedEndpoint(odd, REGION, { [REGION]: odd }).trusted).toBe(false);
    }
  });

  test('E10: names what was refused, and the region that it is not of', () => {
    expect(trustedEndpoint('https://evil.example:81', REGION, NOBODY)).toEqual({
      trusted: false,
      because: '(https://evil.example:81) is not a Streaming host of sa-vinhedo-1 in a domain of OCI',
    });
    expect(trustedEndpoint('http://evil.example', REGION, NOBODY)).toEqual({
      trusted: false,
      because: '(http://evil.example) is not https',
    });
  });

  test.each([
    'oraclecloud.com',
    'oraclegovcloud.com',
    'oraclegovcloud.uk',
    'oraclecloud.eu',
    ...[8, 9, 10, 14, 15, 20, 21, 23, 24, 26, 29, 35, 42, 51, 52].map((realm) => `oraclecloud${realm}.com`),
  ])('E10: %s is a domain of OCI', (domain) => {
    expect(trustedEndpoint(`https://streaming.${REGION}.oci.${domain}`, REGION, NOBODY).trusted).toBe(true);
  });

  test('C15: says by which variable a user names an endpoint', () => {
    expect(endpointVariable('sa-vinhedo-1')).toBe('OCI_STREAMING_ENDPOINT_SA_VINHEDO_1');
  });
});
