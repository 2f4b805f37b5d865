import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';

import { describe, expect, it, vi } from 'vitest';

import { keepRecord, NO_STATE, type RuntimeState } from '../../../runtime/record/index.ts';
import { systemDisk } from '../../../runtime/record/disk.ts';
import { readRecordFile, stateFileOf } from '../../../runtime/record/record-file.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { failingDisk, faultyDisk } from './faulty-disk.ts';
import { listening } from './heard.ts';
import { HurriedClock } from './hurried-clock.ts';
import { ocidOf, recordOf } from './samples.ts';
import { temporaryDirectory } from './temporary-directory.ts';

async function ocidIn(file: string): Promise<string | undefined> {
  return (await readRecordFile(file, systemDisk)).ocid?.value;
}

describe('E7: the record is kept, whatever the disk does', () => {
  it('E7: is written at once when the disk takes it', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    await using keeper = keepRecord({ file, clock: new HurriedClock(), emit: heard.emit });
    keeper.keep(recordOf('aaa'));
    await keeper.settled();
    expect(heard.events).toEqual([{ type: 'record-written', file, activeRegion: 'sa-vinhedo-1' }]);
    expect(await ocidIn(file)).toBe(ocidOf('aaa'));
  });

  it.each([
    ['open', 'EROFS'],
    ['handle.writeFile', 'ENOSPC'],
  ])(
    'E7: %s fails with %s: said, and tried again with growing waits until it succeeds',
    async (step, code) => {
      using directory = temporaryDirectory();
      const { file } = directory;
      const heard = listening();
      const clock = new HurriedClock();
      const disk = failingDisk(step, code, () => heard.of('record-failed').length < 9);
      await using keeper = keepRecord({ file, clock, emit: heard.emit, disk });
      keeper.keep(recordOf('aaa'));
      await keeper.settled();
      // Half of the ceiling each time: chance is 0.5. No wait is longer than ten seconds.
      const waits = [125, 250, 500, 1000, 2000, 4000, 5000, 5000, 5000];
      expect(heard.of('record-failed').map((event) => event.retryInMs)).toEqual(waits);
      expect(clock.waits).toEqual(waits);
      expect(heard.of('record-failed')[0]).toMatchObject({
        file,
        error: { code: 'RECORD', cause: { code } },
      });
      expect(heard.events.at(-1)).toEqual({ type: 'record-written', file, activeRegion: 'sa-vinhedo-1' });
      expect(await ocidIn(file)).toBe(ocidOf('aaa'));
    },
  );

  it('E7: only the latest is written, once the disk takes it again', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    let full = true;
    const disk = failingDisk('handle.writeFile', 'ENOSPC', () => full);
    await using keeper = keepRecord({ file, clock: new HurriedClock(), emit: heard.emit, disk });
    keeper.keep(recordOf('aaa'));
    await heard.heard('record-failed', 2);
    keeper.keep(recordOf('bbb'));
    keeper.keep(recordOf('ccc'));
    full = false;
    await keeper.settled();
    expect(heard.of('record-written')).toHaveLength(1);
    expect(await ocidIn(file)).toBe(ocidOf('ccc'));
  });

  it('E7: what comes while another is being written is written after it', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    const disk = faultyDisk((step) => {
      if (step === 'rename' && heard.events.length === 0) keeper.keep(recordOf('bbb'));
    });
    await using keeper = keepRecord({ file, clock: new HurriedClock(), emit: heard.emit, disk });
    keeper.keep(recordOf('aaa'));
    await keeper.settled();
    expect(heard.of('record-written')).toHaveLength(2);
    expect(await ocidIn(file)).toBe(ocidOf('bbb'));
  });

  it('E7: a listener may ask for the next one', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    let written = 0;
    await using keeper = keepRecord({
      file,
      clock: new HurriedClock(),
      emit: () => {
        written += 1;
        if (written === 1) keeper.keep(recordOf('bbb'));
      },
    });
    keeper.keep(recordOf('aaa'));
    await keeper.settled();
    expect([written, await ocidIn(file)]).toEqual([2, ocidOf('bbb')]);
  });

  it('E7: closing cuts the wait short and tries once more', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    const clock = new HurriedClock({ endlessFrom: 0 });
    const disk = failingDisk('open', 'EROFS', () => heard.of('record-failed').length < 1);
    const keeper = keepRecord({ file, clock, emit: heard.emit, disk });
    keeper.keep(recordOf('aaa'));
    await heard.heard('record-failed');
    await Promise.all([keeper.close(), keeper.close()]);
    expect(await ocidIn(file)).toBe(ocidOf('aaa'));
    keeper.keep(recordOf('bbb'));
    await keeper.close();
    expect(await ocidIn(file)).toBe(ocidOf('aaa'));
  });

  it('E7: closing never rejects: what could not be written is a warning', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    const disk = failingDisk('open', 'EROFS', () => true);
    const keeper = keepRecord({ file, clock: new HurriedClock({ endlessFrom: 0 }), emit: heard.emit, disk });
    keeper.keep(recordOf('aaa'));
    await heard.heard('record-failed');
    await keeper.close();
    expect(heard.events.map((event) => event.type)).toEqual(['record-failed', 'warning']);
    expect(heard.of('warning')[0]?.message).toContain('the disk is read-only');
    expect(directory.names()).toEqual([]);
  });
});

describe('R4: every record that says something new is written, and no other', () => {
  it('E7, R4: one after the other, each when the one before it is on disk', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    await using keeper = keepRecord({ file, clock: new HurriedClock(), emit: heard.emit });
    for (const [nth, unique] of ['aaa', 'bbb', 'ccc'].entries()) {
      keeper.keep(recordOf(unique));
      await keeper.settled();
      expect(await ocidIn(file)).toBe(ocidOf(unique));
      expect(heard.of('record-written')).toHaveLength(nth + 1);
    }
  });

  it('R4: what the file says already is not written again, whoever wrote it and however', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const { secondary } = recordOf('aaa');
    const theirs = `SECONDARY_STREAM_OCID : ${ocidOf('aaa')}\r\nSECONDARY_STREAM_ENDPOINT=${secondary?.endpoint.replace(':', '\\:')}\r\nACTIVE_REGION=sa-vinhedo-1\r\nACTIVE_SINCE=2026-10-03T01\\:02\\:03.004Z\r\n`;
    directory.write(theirs);
    const heard = listening();
    await using keeper = keepRecord({ file, clock: new HurriedClock(), emit: heard.emit });
    keeper.keep(recordOf('aaa'));
    await keeper.settled();
    expect(directory.text()).toBe(theirs);
    expect(heard.events).toEqual([]);
  });

  it.each([
    ['the stream alone', { secondary: recordOf('bbb').secondary }],
    ['the active region alone', { activeRegion: 'sa-saopaulo-1' }],
    ['the time alone', { activeSince: '2026-10-03T01:02:03.005Z' }],
    ['no stream any more', { secondary: undefined }],
  ])('R4: %s is new', async (_, change) => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    await using keeper = keepRecord({ file, clock: new HurriedClock(), emit: heard.emit });
    keeper.keep(recordOf('aaa'));
    await keeper.settled();
    keeper.keep({ ...recordOf('aaa'), ...change });
    await keeper.settled();
    expect(heard.of('record-written')).toHaveLength(2);
  });

  it('R4: what another process wrote meanwhile is written over', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    await using keeper = keepRecord({ file, clock: new HurriedClock(), emit: () => undefined });
    await using other = keepRecord({ file, clock: new HurriedClock(), emit: () => undefined });
    keeper.keep(recordOf('aaa'));
    await keeper.settled();
    other.keep(recordOf('bbb'));
    await other.settled();
    keeper.keep(recordOf('aaa'));
    await keeper.settled();
    expect(await ocidIn(file)).toBe(ocidOf('aaa'));
  });
});

describe('R6: the state is kept beside the record', () => {
  const HELD: RuntimeState = { ...NO_STATE, hold: 'Maria: maintenance' };
  const textOf = (file: string): string => readFileSync(stateFileOf(file), 'latin1');

  it('R6: in a file of its own, for this user only', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    await using keeper = keepRecord({ file, clock: new HurriedClock(), emit: heard.emit });
    keeper.keepState(HELD);
    await keeper.settled();
    expect(directory.names()).toEqual(['stream.properties.state']);
    expect(textOf(file)).toContain('HOLD=Maria: maintenance');
    expect(statSync(stateFileOf(file)).mode & 0o777).toBe(0o600);
    chmodSync(stateFileOf(file), 0o644);
    keeper.keepState({ ...HELD, switchReason: 'an operator' });
    await keeper.settled();
    expect(textOf(file)).toContain('an operator');
    expect(statSync(stateFileOf(file)).mode & 0o777).toBe(0o600);
    expect(heard.events).toEqual([]);
  });

  it.each([
    ['stream.properties', 'the record', [] as string[], ['stream.properties.state']],
    ['stream.properties.state', 'the state', ['sa-vinhedo-1'], ['stream.properties']],
  ])('R6, E7: %s fails, and the other is written', async (failing, _, activated, written) => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    const disk = faultyDisk((step, [, to]) => {
      if (step === 'rename' && to === directory.at(failing)) {
        throw Object.assign(new Error('made to fail'), { code: 'EIO' });
      }
    });
    const keeper = keepRecord({ file, clock: new HurriedClock({ endlessFrom: 0 }), emit: heard.emit, disk });
    keeper.keep(recordOf('aaa'));
    keeper.keepState(HELD);
    await heard.heard('record-failed');
    await keeper.close();
    expect(heard.of('record-failed').map((event) => event.file)).toEqual([directory.at(failing)]);
    expect(heard.of('record-written').map((event) => event.activeRegion)).toEqual(activated);
    expect(directory.names()).toEqual(written);
  });

  it('R6: the latest state wins, and an equal one is not written', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    let renames = 0;
    const disk = faultyDisk((step) => {
      if (step === 'rename') renames += 1;
    });
    await using keeper = keepRecord({ file, clock: new HurriedClock(), emit: () => undefined, disk });
    for (const hold of ['a', 'b', 'c']) keeper.keepState({ ...NO_STATE, hold });
    await keeper.settled();
    expect(textOf(file)).toContain('HOLD=c');
    const before = renames;
    keeper.keepState({ ...NO_STATE, hold: 'c' });
    await keeper.settled();
    expect(renames).toBe(before);
    keeper.keepState(NO_STATE);
    await keeper.settled();
    expect(textOf(file)).not.toContain('HOLD');
  });
});

describe('R6, E7: a state that cannot be written', () => {
  it('R6, E7: is told once for each reason, and tried until it can be', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    const codes = ['EACCES', 'EACCES', 'EROFS', 'EROFS', 'EROFS'];
    const disk = faultyDisk((step, [, flags]) => {
      const code = step === 'open' && flags === 'wx' ? codes.shift() : undefined;
      if (code !== undefined) throw Object.assign(new Error(code), { code });
    });
    const clock = new HurriedClock();
    await using keeper = keepRecord({ file, clock, emit: heard.emit, disk });
    const written = (hold: string) =>
      vi.waitUntil(
        () => existsSync(stateFileOf(file)) && readFileSync(stateFileOf(file), 'latin1').includes(hold),
      );
    keeper.keepState({ hold: 'one' });
    await written('one');
    expect(clock.waits).toHaveLength(5);
    codes.push('EIO');
    keeper.keepState({ hold: 'two' });
    await written('two');
    const said = heard
      .of('record-failed')
      .map(({ file: of, error }) => [of, /\((E\w+)\)/.exec(error.message)?.[1]]);
    expect(said).toEqual(['EACCES', 'EROFS', 'EIO'].map((code) => [stateFileOf(file), code]));
  });

  it('R6, R3: keeps nobody waiting who waits for the record', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    const disk = faultyDisk((step, [, to]) => {
      if (step === 'rename' && to === stateFileOf(file))
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
    });
    const clock = new HurriedClock({ endlessFrom: 0 });
    const keeper = keepRecord({ file, clock, emit: heard.emit, disk });
    keeper.keepState({ hold: 'a' });
    keeper.keep(recordOf('aaa'));
    await keeper.settled();
    expect(await ocidIn(file)).toBe(ocidOf('aaa'));
    keeper.keepState({ hold: 'b' });
    await keeper.settled();
    await keeper.close();
    expect(heard.of('warning')).toHaveLength(1);
  });
});

describe('R7: processes share the state', () => {
  it('R7, R6: a change leaves what it does not name as another process wrote it', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const parts = { file, clock: new HurriedClock(), emit: () => undefined };
    await using one = keepRecord(parts);
    await using other = keepRecord(parts);
    one.keepState({ lastFailbackAt: 0 });
    one.keepState({ hold: 'Maria: maintenance' });
    one.keepState({ switchReason: 'an outage' });
    await one.settled();
    expect(readFileSync(stateFileOf(file), 'latin1')).toMatch(/SWITCH_REASON=an outage\nHOLD=Maria/);
    other.keepState({ lastFailbackAt: Date.parse('2026-10-03T01:02:03.004Z') });
    other.keepState({ switchReason: undefined });
    await other.settled();
    expect(readFileSync(stateFileOf(file), 'latin1').split('\n').slice(1)).toEqual([
      expect.stringMatching(/^LAST_FAILBACK_AT=2026-10-03T01.*02.*03\.004Z$/),
      'HOLD=Maria: maintenance',
      '',
    ]);
  });
});

describe('E7, E14: disks that do not answer, and places that allow no rename', () => {
  it('E7: closing is over in two seconds when the disk never answers, with one warning for each file', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    const clock = new VirtualClock();
    const disk = faultyDisk(() => new Promise(() => undefined));
    const keeper = keepRecord({ file, clock, emit: heard.emit, disk });
    keeper.keep(recordOf('aaa'));
    keeper.keepState(NO_STATE);
    let closed = false;
    const closing = keeper.close().then(() => (closed = true));
    await clock.pass(1_999);
    expect(closed).toBe(false);
    await clock.pass(1);
    await closing;
    expect(heard.of('warning').map((event) => event.message)).toEqual([
      expect.stringContaining(`${file} was not written in time`),
      expect.stringContaining(`${file}.state was not written in time`),
    ]);
  });

  it('E14: a mount point is written in place, with one warning', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    directory.write('owner=Maria\n');
    const heard = listening();
    const disk = failingDisk('rename', 'EBUSY', () => true);
    await using keeper = keepRecord({ file, clock: new HurriedClock(), emit: heard.emit, disk });
    for (const unique of ['aaa', 'bbb']) {
      keeper.keep(recordOf(unique));
      await keeper.settled();
      expect(await ocidIn(file)).toBe(ocidOf(unique));
    }
    expect(heard.events.map((event) => event.type)).toEqual(['warning', 'record-written', 'record-written']);
    expect(heard.of('warning')[0]?.message).toContain(`${file} cannot be replaced (EBUSY: `);
    expect(directory.names()).toEqual(['stream.properties']);
  });
});
