import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import { NOTHING_RECORDED, type StreamRecord } from '../../../runtime/record/index.ts';
import { checkRecord, parseRecord, rewriteRecord } from '../../../runtime/record/format.ts';
import { loadLikeJava } from './java-properties.ts';
import { ENDPOINT, ocidOf, recordOf, secondaryOf, settings } from './samples.ts';
import { someText } from './some-text.ts';

const FILE = '/etc/stream.properties';
const seed = 4;

function read(text: string, trust = settings): ReturnType<typeof checkRecord> {
  return checkRecord(parseRecord(text, FILE), trust);
}

function refusalOf(text: string, trust = settings): string {
  try {
    read(text, trust);
  } catch (error) {
    if (error instanceof HaError && error.code === 'CONFIG') return error.message;
    throw error;
  }
  throw new Error('was not refused');
}

describe('E1: nothing is recorded', () => {
  it.each([
    ['empty', ''],
    ['only comments', '#Secondary stream info (OCID + endpoint)\n#Mon Oct 05 10:00:00 BRT 2026\n\n'],
    ['other keys', 'region=sa-vinhedo-1\n'],
    ['keys whose last value is empty', 'ACTIVE_REGION=sa-vinhedo-1\nACTIVE_REGION=\n'],
    ['keys without values', 'SECONDARY_STREAM_OCID=\nSECONDARY_STREAM_ENDPOINT=  \n'],
  ])('E1: %s', (_, text) => {
    expect(read(text)).toEqual({ record: NOTHING_RECORDED, warnings: [] });
  });
});

describe('E2: the file of the Java program', () => {
  it('E2: names the secondary, and no active region', () => {
    const text = `#Secondary stream info (OCID + endpoint)\r\n#Mon Oct 05 10:00:00 BRT 2026\r\nSECONDARY_STREAM_ENDPOINT=https\\://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com\r\nSECONDARY_STREAM_OCID=${ocidOf('aaa')}\r\n`;
    expect(read(text).record).toEqual({ ...NOTHING_RECORDED, secondary: secondaryOf('aaa') });
  });
});

describe('E3: what is written', { timeout: 120_000 }, () => {
  it('E3: is the header, then what is recorded', () => {
    expect(rewriteRecord('', recordOf('aaa')).split('\n')).toEqual([
      '#Secondary stream info (OCID + endpoint)',
      `SECONDARY_STREAM_OCID=${ocidOf('aaa')}`,
      `SECONDARY_STREAM_ENDPOINT=${ENDPOINT}`,
      'ACTIVE_REGION=sa-vinhedo-1',
      'ACTIVE_SINCE=2026-10-03T01:02:03.004Z',
      '',
    ]);
  });

  it('E3: keeps keys and comments of others where they are, to the byte', () => {
    const before = [
      '# caf\xe9: ask Maria',
      '#Secondary stream info (OCID + endpoint)',
      'SECONDARY_STREAM_OCID = old',
      '! hers',
      'owner : Mar\\u00eda \\',
      '   e Jos\xe9',
      'ACTIVE_REGION=sa-saopaulo-1',
      'last=1',
    ].join('\r\n');
    expect(rewriteRecord(before, { ...recordOf('aaa'), activeSince: undefined })).toBe(
      [
        '#Secondary stream info (OCID + endpoint)\n',
        '# caf\xe9: ask Maria\r\n',
        `SECONDARY_STREAM_OCID=${ocidOf('aaa')}\nSECONDARY_STREAM_ENDPOINT=${ENDPOINT}\nACTIVE_REGION=sa-vinhedo-1\n`,
        '! hers\r\nowner : Mar\\u00eda \\\r\n   e Jos\xe9\r\nlast=1',
      ].join(''),
    );
  });

  it('E15: a text of another encoding keeps its pairs, in latin1', () => {
    const kept = fc.property(
      someText.map((text) => text.replaceAll('é', '€').replaceAll('\x85', '😀')),
      (before) => {
        const after = rewriteRecord(before, NOTHING_RECORDED);
        expect(after).toMatch(/^[\0-\xff]*$/);
        const pairs = loadLikeJava(before);
        if (pairs === null) return;
        for (const key of Object.keys(keysOf(NOTHING_RECORDED))) pairs.delete(key);
        expect(Object.fromEntries(loadLikeJava(after) ?? [['Java', 'refuses']])).toEqual(
          Object.fromEntries(pairs),
        );
      },
    );
    expect(fc.check(kept, { numRuns: 5_000, seed }).counterexample).toBeNull();
    expect(rewriteRecord('# a\\€ \\\\€ €\n', NOTHING_RECORDED)).toContain('# a\\u20ac \\\\\\u20ac \\u20ac\n');
  });

  it('E3: is the same pairs to Java, whatever was in the file before, and does not change when written again', () => {
    const kept = fc.property(
      someText,
      fc.constantFrom(recordOf('aaa'), NOTHING_RECORDED),
      (before, record) => {
        const after = rewriteRecord(before, record);
        const pairs = loadLikeJava(after);
        // Where Java refused the whole file, what it could not read is gone.
        const wanted = loadLikeJava(before) ?? new Map(pairs);
        for (const [key, value] of Object.entries(keysOf(record))) {
          if (value === undefined) wanted.delete(key);
          else wanted.set(key, value);
        }
        expect(after.startsWith('#Secondary stream info (OCID + endpoint)\n')).toBe(true);
        expect(Object.fromEntries(pairs ?? [['Java', 'refuses']])).toEqual(Object.fromEntries(wanted));
        expect(rewriteRecord(after, record)).toBe(after);
      },
    );
    expect(fc.check(kept, { numRuns: 5_000, seed }).counterexample).toBeNull();
  });
});

describe('E4: one of the two keys is missing', () => {
  it.each([
    ['SECONDARY_STREAM_ENDPOINT', `SECONDARY_STREAM_OCID=${ocidOf('aaa')}`],
    ['SECONDARY_STREAM_OCID', `SECONDARY_STREAM_ENDPOINT=${ENDPOINT}`],
  ])('E4: %s: as absent, and said', (missing, text) => {
    const { record, warnings } = read(`#\n${text}\nACTIVE_REGION=sa-saopaulo-1\n`);
    expect(record).toEqual({ ...NOTHING_RECORDED, activeRegion: 'sa-saopaulo-1' });
    expect(warnings).toEqual([expect.stringContaining(`${missing} is missing`)]);
    expect(warnings[0]).toContain(`${FILE}:2: `);
  });
});

describe('E10: what must not be believed', () => {
  const file = (ocid: string, endpoint: string): string =>
    `# ours\nSECONDARY_STREAM_OCID=${ocid}\nSECONDARY_STREAM_ENDPOINT=${endpoint}\n`;

  it.each([
    ['http', 'http://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com', 'is not https'],
    ['another domain', 'https://evil.example', 'not a Streaming host of sa-vinhedo-1'],
    [
      'another region',
      'https://cell-1.streaming.sa-saopaulo-1.oci.oraclecloud.com',
      'not a Streaming host of',
    ],
    ['no address', 'cell-1', 'is not a web address'],
  ])('E10: an endpoint: %s', (_, endpoint, because) => {
    const refusal = refusalOf(file(ocidOf('aaa'), endpoint));
    expect(refusal).toContain(because);
    expect(refusal).toContain(`${FILE}:3: SECONDARY_STREAM_ENDPOINT`);
    expect(refusal).toContain('OCI_STREAMING_ENDPOINT_SA_VINHEDO_1');
  });

  it.each([
    ['of another region', ocidOf('aaa', 'sa-saopaulo-1'), 'is of sa-saopaulo-1'],
    ['of Ashburn, by its key', ocidOf('aaa', 'iad'), 'is of us-ashburn-1'],
    ['of something else', 'ocid1.instance.oc1.sa-vinhedo-1.aaa', "is not a stream's OCID"],
    ['without a region', 'ocid1.stream.oc1..aaa', "is not a stream's OCID"],
    ['with a line break in it', `${ocidOf('a')}\\nHost: evil`, "is not a stream's OCID"],
    ['no OCID', 'secret-token', "is not a stream's OCID"],
  ])('E10: an OCID %s', (_, ocid, because) => {
    const refusal = refusalOf(file(ocid, ENDPOINT));
    expect(refusal).toContain(because);
    expect(refusal).toContain(`${FILE}:2: SECONDARY_STREAM_OCID`);
    expect(refusal).not.toContain('secret');
  });

  it('E10: takes the keys that OCIDs of Ashburn and Phoenix carry', () => {
    const trust = { ...settings, secondaryRegion: 'us-phoenix-1' };
    const endpoint = 'https://cell-1.streaming.us-phoenix-1.oci.oraclecloud.com';
    expect(read(file(ocidOf('aaa', 'phx'), endpoint), trust).record.secondary).toEqual({
      region: 'us-phoenix-1',
      ocid: ocidOf('aaa', 'phx'),
      endpoint,
    });
  });

  it('E10: believes an endpoint that the settings name for that region', () => {
    const trust = { ...settings, endpoints: { 'sa-vinhedo-1': 'http://127.0.0.1:7102' } };
    const { record } = read(file(ocidOf('aaa'), 'http\\://127.0.0.1\\:7102/'), trust);
    expect(record.secondary?.endpoint).toBe('http://127.0.0.1:7102');
  });

  it('E10: an active region that is none of the two, a broken escape, the key __proto__', () => {
    expect(refusalOf('\n\nACTIVE_REGION=eu-frankfurt-1')).toContain(
      `${FILE}:3: ACTIVE_REGION is neither sa-saopaulo-1 nor sa-vinhedo-1`,
    );
    expect(refusalOf('a=1\nb=\\u00g0\n')).toContain(`${FILE}:2: `);
    expect(refusalOf('__proto__=1')).toContain(`${FILE}:1: `);
  });

  it('E10: ignores a time that is none, and says so', () => {
    const { record, warnings } = read('ACTIVE_REGION=sa-vinhedo-1\nACTIVE_SINCE=yesterday');
    expect(record).toEqual({ ...NOTHING_RECORDED, activeRegion: 'sa-vinhedo-1' });
    expect(warnings).toEqual([
      `${FILE}:1: ACTIVE_REGION names sa-vinhedo-1, and no stream there is named: add SECONDARY_STREAM_OCID and SECONDARY_STREAM_ENDPOINT; it is ignored`,
      `${FILE}:2: ACTIVE_SINCE is not a time, so it is ignored; correct or remove it`,
    ]);
  });
});

function keysOf({ secondary, activeRegion, activeSince }: StreamRecord): Record<string, string | undefined> {
  return {
    SECONDARY_STREAM_OCID: secondary?.ocid,
    SECONDARY_STREAM_ENDPOINT: secondary?.endpoint,
    ACTIVE_REGION: activeRegion,
    ACTIVE_SINCE: activeSince,
  };
}
