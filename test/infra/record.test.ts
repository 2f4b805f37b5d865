import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseRecord, readRecord } from '../../infra/record.ts';

const regions = { primaryRegion: 'sa-saopaulo-1', secondaryRegion: 'sa-vinhedo-1' };
const ocid = 'ocid1.stream.oc1.sa-vinhedo-1.amaaaaaasecond';
const endpoint = 'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com';
const read = (text: string) => parseRecord(text, 'stream.properties', regions);

describe('the record', () => {
  it('is empty when the file is', () => {
    expect(read('# nothing yet\n')).toEqual({ warnings: [] });
  });

  it('names the secondary and the active region', () => {
    const text = `SECONDARY_STREAM_OCID=${ocid}\nSECONDARY_STREAM_ENDPOINT=${endpoint}\nACTIVE_REGION=sa-saopaulo-1\n`;
    expect(read(text)).toEqual({
      secondary: { ocid, endpoint },
      activeRegion: 'sa-saopaulo-1',
      warnings: [],
    });
  });

  it('of the Java program, with its escapes and no active region, makes the secondary the active one', () => {
    const escaped = endpoint.replaceAll(':', '\\:');
    const text = `#Mon Nov 23 20:00:00 BRT 2026\r\nSECONDARY_STREAM_OCID=${ocid}\r\nSECONDARY_STREAM_ENDPOINT=${escaped}\r\n`;
    expect(read(text)).toEqual({ secondary: { ocid, endpoint }, activeRegion: 'sa-vinhedo-1', warnings: [] });
  });

  it.each([
    ['one of the two keys', `SECONDARY_STREAM_OCID=${ocid}`, 'SECONDARY_STREAM_ENDPOINT is missing'],
    [
      'another kind of OCID',
      `SECONDARY_STREAM_OCID=ocid1.user.oc1..a\nSECONDARY_STREAM_ENDPOINT=${endpoint}`,
      'not a stream in sa-vinhedo-1',
    ],
    [
      'a stream elsewhere',
      `SECONDARY_STREAM_OCID=ocid1.stream.oc1.eu-milan-1.a\nSECONDARY_STREAM_ENDPOINT=${endpoint}`,
      'not a stream in sa-vinhedo-1',
    ],
    ['a region of neither role', 'ACTIVE_REGION=eu-milan-1', 'neither sa-saopaulo-1 nor sa-vinhedo-1'],
  ])('with %s is ignored with a warning', (_what, text, words) => {
    const { warnings, ...rest } = read(text);
    expect(rest).toEqual({});
    expect(warnings).toEqual([expect.stringContaining(words)]);
  });

  it('may be absent, and is never read from a directory or a file of another size', () => {
    const directory = mkdtempSync(join(tmpdir(), 'record-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const large = join(directory, 'large');
    writeFileSync(large, ' '.repeat(65_537));
    expect(readRecord(join(directory, 'absent'), regions)).toEqual({ warnings: [] });
    for (const file of [directory, large]) {
      expect(readRecord(file, regions).warnings).toEqual([expect.stringContaining('at most 64 KiB')]);
    }
  });
});
