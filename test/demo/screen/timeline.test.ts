import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { Screen } from '../../../demo/screen/screen.ts';
import { Timeline } from '../../../demo/screen/timeline.ts';

const OCID = `ocid1.stream.oc1.sa-vinhedo-1.${'a'.repeat(60)}`;

function timelineOf(columns?: number): { timeline: Timeline; written: () => string } {
  const stream = Object.assign(new PassThrough(), columns === undefined ? {} : { isTTY: true, columns });
  const screen = new Screen(stream as unknown as NodeJS.WriteStream, {});
  return {
    timeline: new Timeline(screen),
    written: () => stripVTControlCharacters(String(stream.read() ?? '')),
  };
}

test('a line has the time since the start, the name of its source, and the text', () => {
  const { timeline, written } = timelineOf();
  timeline.tell({ source: 'producer', label: 'producer', text: `uses ${OCID}` });
  expect(written()).toMatch(new RegExp(`^  *\\d+\\.\\d s  producer +uses ${OCID}\n$`));
});

test('on a terminal OCIDs are short, and long texts break beside the label', () => {
  const { timeline, written } = timelineOf(50);
  timeline.tell({ source: 'bad', label: 'failover', text: `${'word '.repeat(12)}${OCID}` });
  const [first = '', second = ''] = written().split('\n');
  expect(first.length).toBeLessThanOrEqual(50);
  expect(second).toMatch(/^ {21}word/);
});

test('lines of a file are printed unchanged, under a heading', () => {
  const { timeline, written } = timelineOf();
  timeline.quote('stream.properties', [`SECONDARY_STREAM_OCID=${OCID}`]);
  expect(written()).toBe(`         stream.properties:\n           SECONDARY_STREAM_OCID=${OCID}\n`);
});
