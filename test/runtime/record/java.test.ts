import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemDisk } from '../../../runtime/record/disk.ts';
import { renderProperties } from '../../../runtime/record/properties.ts';
import { readRecordFile, writeRecordFile } from '../../../runtime/record/record-file.ts';
import { checkRecord } from '../../../runtime/record/format.ts';
import { loadLikeJava, samePairs } from './java-properties.ts';
import { hasJava, Java } from './java.ts';
import { ENDPOINT, ocidOf, recordOf, secondaryOf, settings } from './samples.ts';
import { somePairs, someText } from './some-text.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const seed = 4;

describe.skipIf(!hasJava)('E2, E3: Java itself', { timeout: 120_000 }, () => {
  let java: Java;
  beforeAll(() => {
    java = new Java();
  }, 120_000);
  afterAll(() => java[Symbol.dispose]());

  it('E2: reads what our reference of it reads', () => {
    const texts = fc.sample(someText, { numRuns: 20_000, seed });
    const byJava = java.read(texts);
    expect(texts.filter((text, nth) => !samePairs(loadLikeJava(text), byJava[nth] ?? null))).toEqual([]);
  });

  it('E3: reads every key and value that we write', () => {
    const written = fc.sample(somePairs, { numRuns: 2_000, seed });
    expect(java.read(written.map(renderProperties))).toEqual(written.map((pairs) => new Map(pairs)));
  });

  it('E3: reads our file, we read its file, and nothing of the other is lost', async () => {
    using directory = temporaryDirectory();
    java.write(directory.file, { ...keysOf('aaa'), 'their key': ' their välue\n' });
    const theirs = directory.text();
    expect(theirs).toContain(String.raw`https\://`);
    expect(await read(directory.file)).toMatchObject({ secondary: secondaryOf('aaa') });
    await writeRecordFile(directory.file, recordOf('bbb'), systemDisk);
    expect(await read(directory.file)).toEqual(recordOf('bbb'));
    const [before, after] = java
      .read([theirs, directory.text()])
      .map((pairs) => Object.fromEntries(pairs ?? []));
    expect(after).toEqual({
      ...before,
      ...keysOf('bbb'),
      ACTIVE_REGION: 'sa-vinhedo-1',
      ACTIVE_SINCE: '2026-10-03T01:02:03.004Z',
    });
  });
});

const read = async (file: string) => checkRecord(await readRecordFile(file, systemDisk), settings).record;

function keysOf(unique: string): Record<string, string> {
  return { SECONDARY_STREAM_OCID: ocidOf(unique), SECONDARY_STREAM_ENDPOINT: ENDPOINT };
}
