import { describe, expect, test } from 'vitest';

import { endpointVariable, trustedEndpoint } from '../../../runtime/core/endpoint-trust.ts';

const REGION = 'sa-vinhedo-1';
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
