import { describe, expect, it } from 'vitest';

import { endpointVariable, trustedEndpoint } from '../../../runtime/core/endpoint-trust.ts';

const REGION = 'sa-vinhedo-1';
const NOBODY = {};

describe('E10 which endpoint a signed request may go to', () => {
  it.each([
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com',
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com/',
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com:443',
    'https://CELL-1.Streaming.sa-vinhedo-1.oci.OracleCloud.com',
    'https://qwxuticlhaya.streaming.sa-vinhedo-1.oci.oraclecloud.com',
    'https://streaming.sa-vinhedo-1.oci.oraclecloud.com',
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclegovcloud.uk',
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud52.com',
  ])('trusts %s', (endpoint) => {
    const trust = trustedEndpoint(endpoint, REGION, NOBODY);
    expect(trust).toEqual({ trusted: true, origin: new URL(endpoint).origin });
  });

  it.each([
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
  ])('refuses %s', (endpoint, because) => {
    const trust = trustedEndpoint(endpoint, REGION, NOBODY);
    expect(trust).toMatchObject({ trusted: false, because: expect.stringContaining(because) as string });
  });

  it('does not repeat a password', () => {
    const trust = trustedEndpoint('https://anna:hunter2@evil.example', REGION, NOBODY);
    expect(trust).toEqual({ trusted: false, because: 'holds a user name or password' });
  });

  it('trusts what the settings name for that region, whatever the scheme, and for no other region', () => {
    const named = { 'sa-vinhedo-1': 'http://127.0.0.1:7102' };
    expect(trustedEndpoint('http://127.0.0.1:7102/', 'sa-vinhedo-1', named)).toEqual({
      trusted: true,
      origin: 'http://127.0.0.1:7102',
    });
    expect(trustedEndpoint('http://127.0.0.1:7103', 'sa-vinhedo-1', named).trusted).toBe(false);
    expect(trustedEndpoint('http://127.0.0.1:7102', 'sa-saopaulo-1', named).trusted).toBe(false);
  });

  it('trusts nothing but http and https, even when the settings name it', () => {
    for (const odd of ['ftp://127.0.0.1', 'file:///etc/passwd', 'data:,']) {
      expect(trustedEndpoint(odd, REGION, { [REGION]: odd }).trusted).toBe(false);
    }
  });

  it('says by which variable a user names an endpoint', () => {
    expect(endpointVariable('sa-vinhedo-1')).toBe('OCI_STREAMING_ENDPOINT_SA_VINHEDO_1');
  });
});
