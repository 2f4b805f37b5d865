import { mkdirSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import {
  keepRecord,
  NO_STATE,
  NOTHING_RECORDED,
  readRecordedState,
  type RecordedState,
} from '../../../runtime/record/index.ts';
import { rewriteRecord, type StreamRecord } from '../../../runtime/record/format.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { listening } from './heard.ts';
import { HurriedClock } from './hurried-clock.ts';
import { ENDPOINT, ocidOf, recordOf, secondaryOf, settings } from './samples.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What is found, and what is said, with this in the file and this in the environment. */
async function found(
  record: StreamRecord | string,
  environment: Record<string, string>,
): Promise<RecordedState & { said: string[]; file: string }> {
  using directory = temporaryDirectory();
  const { file } = directory;
  directory.write(typeof record === 'string' ? record : rewriteRecord('', record));
  const heard = listening();
  const state = await readRecordedState({ file, environment, settings, emit: heard.emit });
  return { ...state, file, said: heard.of('warning').map((event) => event.message) };
}

const named = (unique: string): Record<string, string> => ({
  SECONDARY_STREAM_OCID: ocidOf(unique),
  SECONDARY_STREAM_ENDPOINT: ENDPOINT,
});

const onPrimary = (unique: string): StreamRecord => ({ ...recordOf(unique), activeRegion: 'sa-saopaulo-1' });

describe('E1: nothing is written down', () => {
  it('E1: the primary is active, and no secondary is known', async () => {
    expect(await found('', {})).toMatchObject({
      record: NOTHING_RECORDED,
      environment: undefined,
      secondary: undefined,
      active: 'primary',
      because: 'nothing-recorded',
      said: [],
    });
  });
});

describe('E12, G7: where it is looked for: the file, then the environment, then the primary', () => {
  it.each([
    ['a file after a failover', recordOf('aaa'), {}, 'aaa', { active: 'secondary', because: 'record' }],
    ['a file after a failback', onPrimary('aaa'), {}, 'aaa', { active: 'primary', because: 'record' }],
    [
      'a file of the Java program',
      { ...NOTHING_RECORDED, secondary: secondaryOf('aaa') },
      {},
      'aaa',
      { active: 'secondary', because: 'record' },
    ],
    ['the environment', '', named('bbb'), 'bbb', { active: 'secondary', because: 'environment' }],
    ['both, alike', recordOf('aaa'), named('aaa'), 'aaa', { active: 'secondary', because: 'record' }],
    [
      'a file that says only that the primary is active',
      'ACTIVE_REGION=sa-saopaulo-1',
      named('bbb'),
      'bbb',
      { active: 'primary', because: 'record' },
    ],
  ])('E12, G7: %s', async (_, record, environment, unique, active) => {
    expect(await found(record, environment)).toMatchObject({
      secondary: secondaryOf(unique),
      ...active,
      said: [],
    });
  });
});

describe('E4: one of the two is missing', () => {
  it('E4: in the file: the environment is asked, and the file is complained of', async () => {
    const { secondary, said, file } = await found(`SECONDARY_STREAM_OCID=${ocidOf('aaa')}`, named('bbb'));
    expect(secondary).toEqual(secondaryOf('bbb'));
    expect(said).toEqual([expect.stringContaining(`${file}:1: `)]);
  });

  it('E4: in the environment', async () => {
    const { secondary, said } = await found('', {
      SECONDARY_STREAM_ENDPOINT: ENDPOINT,
      SECONDARY_STREAM_OCID: ' ',
    });
    expect(secondary).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/^environment: .*SECONDARY_STREAM_OCID is missing/)]);
  });
});

describe('E10: an environment that must not be believed', () => {
  const evil = { ...named('bbb'), SECONDARY_STREAM_ENDPOINT: 'https://evil.example' };

  it('E10: is refused, by the name of the variable', async () => {
    await expect(found('', evil)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/^environment: SECONDARY_STREAM_ENDPOINT .*evil\.example/) as string,
    });
  });

  it('E10: is only warned of where the file names the secondary', async () => {
    const { secondary, environment, said } = await found(recordOf('aaa'), evil);
    expect({ secondary, environment }).toEqual({ secondary: secondaryOf('aaa'), environment: undefined });
    expect(said).toEqual([expect.stringContaining('this is not used')]);
  });
});

describe('E12: file and environment differ', () => {
  it('E12: the file wins, and it is said once', async () => {
    const { secondary, environment, said } = await found(recordOf('aaa'), named('bbb'));
    expect({ secondary, environment }).toEqual({
      secondary: secondaryOf('aaa'),
      environment: secondaryOf('bbb'),
    });
    expect(said).toEqual([expect.stringContaining('the file wins')]);
  });
});

describe('R6: what our own processes remember beside the record', () => {
  const WALL = Date.parse('2026-10-03T00:00:00Z');
  const primary = {
    stream: streamRef('sa-saopaulo-1', ocidOf('ppp', 'sa-saopaulo-1')),
    partitions: 3,
    retentionInHours: 48,
    compartmentId: 'ocid1.compartment.oc1..aaa',
  };

  it('R6, G7: a restart finds the active region and since when, the primary, the last failback, the reason and the hold', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const clock = new HurriedClock();
    const kept = {
      primary,
      lastFailbackAt: WALL - 1_000,
      switchReason: '503 from sa-saopaulo-1',
      hold: 'Maria: maintenance',
    };
    await using keeper = keepRecord({ file, clock, emit: () => undefined });
    keeper.keep({ ...recordOf('aaa'), activeSince: '2026-10-02T23:00:00.000Z' });
    keeper.keepState(kept);
    await keeper.settled();
    const heard = listening();
    const state = await readRecordedState({ file, environment: {}, settings, emit: heard.emit, clock });
    expect(state).toMatchObject({
      ...kept,
      secondary: secondaryOf('aaa'),
      active: 'secondary',
      because: 'record',
      activeSince: WALL - 3_600_000,
    });
    expect(heard.events).toEqual([]);
  });

  it.each<[string, string | Buffer, string]>([
    ['no properties file', 'x=\\u00', ':1: this line has a'],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0]), 'is UTF-32'],
    ['zeros, as a power cut leaves them', Buffer.alloc(300), 'holds NUL characters'],
    ['longer than 64 KiB', Buffer.alloc(70_000), 'is longer than 65536 bytes'],
  ])('R6: a state that is %s is ignored with a warning', async (_, bytes, problem) => {
    using directory = temporaryDirectory();
    const { file } = directory;
    directory.write(rewriteRecord('', recordOf('aaa')));
    writeFileSync(`${file}.state`, bytes);
    const heard = listening();
    const state = await readRecordedState({ file, environment: {}, settings, emit: heard.emit });
    expect(state).toMatchObject({ ...NO_STATE, secondary: secondaryOf('aaa') });
    expect(heard.of('warning').map((event) => event.message)).toEqual([
      expect.stringMatching(new RegExp(`^${file}\\.state.*${problem}.*What it says is not used$`)),
    ]);
  });

  it('R6: a state that the system refuses to read is ignored with a warning', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    mkdirSync(`${file}.state`);
    const heard = listening();
    expect(await readRecordedState({ file, environment: {}, settings, emit: heard.emit })).toMatchObject(
      NO_STATE,
    );
    expect(heard.of('warning')[0]?.message).toContain(`${file}.state is a directory`);
  });
});
