import { describe, expect, it } from 'vitest';

import { keepRecord } from '../../../runtime/record/index.ts';
import { systemDisk } from '../../../runtime/record/disk.ts';
import { readRecordFile } from '../../../runtime/record/record-file.ts';
import { failingDisk, faultyDisk } from './faulty-disk.ts';
import { listening } from './heard.ts';
import { HurriedClock } from './hurried-clock.ts';
import { ocidOf, recordOf } from './samples.ts';
import { temporaryDirectory } from './temporary-directory.ts';

async function ocidIn(file: string): Promise<string | undefined> {
  return (await readRecordFile(file, systemDisk)).ocid?.value;
}

describe('E7 the record is kept, whatever the disk does', () => {
  it('is written at once when the disk takes it', async () => {
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
  ])('%s fails with %s: said, and tried again with growing waits until it succeeds', async (step, code) => {
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
    expect(heard.of('record-failed')[0]).toMatchObject({ file, error: { code: 'RECORD', cause: { code } } });
    expect(heard.events.at(-1)).toEqual({ type: 'record-written', file, activeRegion: 'sa-vinhedo-1' });
    expect(await ocidIn(file)).toBe(ocidOf('aaa'));
  });

  it('only the latest is written, once the disk takes it again', async () => {
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

  it('what comes while another is being written is written after it', async () => {
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

  it('a listener may ask for the next one', async () => {
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

  it('closing cuts the wait short and tries once more', async () => {
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

  it('closing never rejects: what could not be written is a warning', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    const disk = failingDisk('open', 'EROFS', () => true);
    const keeper = keepRecord({ file, clock: new HurriedClock({ endlessFrom: 0 }), emit: heard.emit, disk });
    keeper.keep(recordOf('aaa'));
    await heard.heard('record-failed');
    await keeper.close();
    expect(heard.events.map((event) => event.type)).toEqual(['record-failed', 'warning']);
    expect(heard.of('warning')[0]?.message).toContain('that disk is read-only');
    expect(directory.names()).toEqual([]);
  });
});
