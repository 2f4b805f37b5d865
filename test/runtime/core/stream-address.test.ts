import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  checkStream,
  partsOfStreamOcid,
  realmOfOcid,
  type AddressTrust,
  type StreamAddress,
} from '../../../runtime/core/index.ts';

const REGION = 'sa-vinhedo-1';
const OCID = `ocid1.stream.oc1.${REGION}.amaaaaaauwpiejqa`;
const ENDPOINT = `https://cell-1.streaming.${REGION}.oci.oraclecloud.com`;
const TRUST: AddressTrust = { region: REGION, endpoints: {}, realm: 'oc1' };

const check = (
  over: Partial<StreamAddress>,
  trust: Partial<AddressTrust> = {},
): ReturnType<typeof checkStream> =>
  checkStream({ ocid: OCID, endpoint: ENDPOINT, ...over }, { ...TRUST, ...trust });

/** Fewer for each mutant (`npm run mutate`). */
const RUNS = process.env['STRYKER_MUTATOR_WORKER'] === undefined ? 20_000 : 400;
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
    fc.string({ unit: 'binary', maxLength: 40 }),
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
