import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecord } from '../../infra/record.ts';
import { readRecordedState } from '../../runtime/record/index.ts';

const expected = {
  primaryRegion: 'sa-saopaulo-1',
  secondaryRegion: 'sa-vinhedo-1',
  compartmentId: 'ocid1.compartment.oc1..aaa',
};
const ocid = 'ocid1.stream.oc1.sa-vinhedo-1.amaaaaaasecond';
const endpoint = 'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com';
const named = (stream: string, address: string): string =>
  `SECONDARY_STREAM_OCID=${stream}\nSECONDARY_STREAM_ENDPOINT=${address}\n`;

let directory = '';
let file = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'infra-record-'));
  file = join(directory, 'stream.properties');
});
afterAll(() => rmSync(directory, { recursive: true }));

function read(bytes: string | Buffer, environment: Record<string, string> = {}) {
  writeFileSync(file, bytes, 'latin1');
  return readRecord(file, expected, environment);
}

describe('E1: a record that says nothing', () => {
  it.each([
    ['is empty when the file is', '# nothing yet\n'],
    ['has keys without values', 'SECONDARY_STREAM_OCID=\nACTIVE_REGION=  \n'],
  ])('E1: %s', (_, text) => {
    expect(read(text)).toEqual({ warnings: [] });
  });

  it('E1: may be absent', () => {
    expect(readRecord(join(directory, 'absent'), expected, {})).toEqual({ warnings: [] });
  });
});

describe('E2: a record', () => {
  it('E2: names the secondary and the active region', () => {
    expect(read(`${named(ocid, endpoint)}ACTIVE_REGION=sa-saopaulo-1\n`)).toEqual({
      secondary: { ocid, endpoint },
      activeRegion: 'sa-saopaulo-1',
      warnings: [],
    });
  });

  it('E2: of the Java program, with its escapes and no active region, makes the secondary the active one', () => {
    const text = `#Mon Nov 23 20:00:00 BRT 2026\n${named(ocid, endpoint.replaceAll(':', '\\:'))}`;
    expect(read(text.replaceAll('\n', '\r\n'))).toEqual({
      secondary: { ocid, endpoint },
      activeRegion: 'sa-vinhedo-1',
      warnings: [],
    });
  });
});

describe('E4, E10, D17: what the runtime refuses is ignored with a warning that names the line', () => {
  it.each([
    ['one of the two keys', `SECONDARY_STREAM_OCID=${ocid}`, ':1: ', 'SECONDARY_STREAM_ENDPOINT is missing'],
    ['another kind of OCID', named('ocid1.user.oc1..a', endpoint), ':1: ', "is not a stream's OCID"],
    ['a stream elsewhere', named('ocid1.stream.oc1.eu-milan-1.a', endpoint), ':1: ', 'is of eu-milan-1'],
    ['a stream of another realm', named(ocid.replace('oc1.', 'oc2.'), endpoint), ':1: ', 'is of realm oc2'],
    ['an endpoint of http', named(ocid, 'http://127.0.0.1:7102'), ':2: ', 'is not https'],
    ['an endpoint of another domain', named(ocid, 'https://evil.example'), ':2: ', 'in a domain of OCI'],
    ['a password in the endpoint', named(ocid, 'https://a:hunter2@x.example'), ':2: ', 'holds a user name'],
    [
      'a region of neither role',
      'ACTIVE_REGION=eu-milan-1',
      ':1: ',
      'neither sa-saopaulo-1 nor sa-vinhedo-1',
    ],
    ['a broken escape', `${named(ocid, endpoint)}x=\\u00`, ':3: ', 'four hexadecimal digits'],
  ])('E4, E10, D17: %s', (_, text, line, words) => {
    const { warnings, ...rest } = read(text);
    expect(rest).toEqual({});
    expect(warnings).toEqual([expect.stringContaining(words)]);
    expect(warnings[0]).toContain(`${file}${line}`);
    expect(warnings[0]).not.toContain('hunter2');
  });

  it('E4, E10, D17: an endpoint that OCI_STREAMING_ENDPOINT_<REGION> names is taken', () => {
    const environment = { OCI_STREAMING_ENDPOINT_SA_VINHEDO_1: 'http://127.0.0.1:7102' };
    expect(read(named(ocid, 'http://127.0.0.1:7102'), environment)).toEqual({
      secondary: { ocid, endpoint: 'http://127.0.0.1:7102' },
      activeRegion: 'sa-vinhedo-1',
      warnings: [],
    });
  });
});

describe.skipIf(process.platform === 'win32')('E11: what is no small file is ignored with a warning', () => {
  it.each<[string, (path: string) => void, string]>([
    ['a directory', (path) => mkdirSync(path), 'not a regular file'],
    ['a large file', (path) => writeFileSync(path, ' '.repeat(65_537)), 'longer than 65536 bytes'],
    ['a FIFO', (path) => void spawnSync('sh', ['-c', 'mkfifo "$0"', path]), 'not a regular file'],
  ])('E11: %s', (name, make, words) => {
    const path = join(directory, name);
    make(path);
    expect(readRecord(path, expected, {}).warnings).toEqual([expect.stringContaining(words)]);
  });
});

describe('E15: encodings', () => {
  const text = named(ocid, endpoint);
  const big = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16();
  it.each([
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16LE', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16BE', big(Buffer.from(`\uFEFF${text}`, 'utf16le'))],
    ['UTF-16LE without a mark', Buffer.from(text, 'utf16le')],
  ])('E15: %s is read', (_, bytes) => {
    expect(read(bytes)).toMatchObject({ secondary: { ocid, endpoint }, warnings: [] });
  });

  it('E15: NULs are named', () => {
    expect(read(Buffer.alloc(300)).warnings).toEqual([expect.stringContaining('holds NUL characters')]);
  });
});

describe('E2: stack and runtime read a record alike', () => {
  const pieces = [
    ' ',
    '\t',
    '\f',
    '=',
    ':',
    '#',
    '!',
    '\n',
    '\r',
    '\r\n',
    '\\\n',
    '\\\r',
    '\\',
    '\\u0041',
    '\xa0',
    '\0',
    'SECONDARY_STREAM_OCID',
    'SECONDARY_STREAM_ENDPOINT',
    'ACTIVE_REGION',
    'ACTIVE_SINCE',
    'SECONDARY_\r',
    ocid,
    endpoint,
    'sa-saopaulo-1',
    'sa-vinhedo-1',
    'http://127.0.0.1:7102',
    `${ocid}  `,
  ];
  const line = fc
    .tuple(fc.constantFrom(...pieces), fc.constantFrom('=', ' : ', '\\\r\n='), fc.constantFrom(...pieces))
    .map((parts) => `${parts.join('')}\n`);
  const likely = fc.tuple(
    fc.constantFrom('', `SECONDARY_STREAM_OCID=${ocid} \n`, `SECONDARY_STREAM_\\\r  OCID=${ocid}\t\r\n`),
    fc.constantFrom(
      '',
      `SECONDARY_STREAM_ENDPOINT : ${endpoint}/ \n`,
      `SECONDARY_STREAM_ENDPOINT=http\\://x\n`,
    ),
    fc.constantFrom('', 'ACTIVE_REGION=sa-saopaulo-1 \n', 'ACTIVE_REGION=sa-vinhedo-1\n', 'ACTIVE_REGION\n'),
  );
  const texts = fc
    .tuple(fc.array(line, { maxLength: 2 }), likely, fc.array(fc.constantFrom(...pieces), { maxLength: 3 }))
    .map(([before, some, after]) => [...before, ...some, ...after].join(''));

  it('E2: the same secondary and the same active region, or both refuse it', async () => {
    const found = { secondary: 0, active: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const stack = read(text);
        const settings = { ...expected, endpoints: {} };
        try {
          const runtime = await readRecordedState({ file, environment: {}, settings, emit: () => undefined });
          const { secondary } = runtime;
          expect(stack.secondary).toEqual(
            secondary === undefined ? undefined : { ocid: secondary.ocid, endpoint: secondary.endpoint },
          );
          const region = runtime.active === 'primary' ? expected.primaryRegion : expected.secondaryRegion;
          expect(stack.activeRegion ?? expected.primaryRegion).toBe(region);
          if (secondary !== undefined) found.secondary += 1;
          if (runtime.active === 'secondary') found.active += 1;
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONFIG' });
          expect(stack).toEqual({ warnings: [expect.stringContaining('The record is ignored.')] });
          found.refused += 1;
        }
      }),
      { numRuns: 2_000, seed: 4 },
    );
    // The generator reaches every outcome.
    expect(Math.min(found.secondary, found.active, found.refused)).toBeGreaterThan(50);
  });
});
