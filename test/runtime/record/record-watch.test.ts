import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { describe, expect, it } from 'vitest';

import { systemClock, type Clock } from '../../../runtime/clock.ts';
import {
  NOTHING_RECORDED,
  watchRecord,
  type RecordWatchOptions,
  type StreamRecord,
} from '../../../runtime/record/index.ts';
import { systemDisk, type Disk, type FileState } from '../../../runtime/record/disk.ts';
import { watchFile } from '../../../runtime/record/record-watch.ts';
import { rewriteRecord } from '../../../runtime/record/format.ts';
import { failingDisk } from './faulty-disk.ts';
import { listening } from './heard.ts';
import { HurriedClock } from './hurried-clock.ts';
import { recordOf, settings } from './samples.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A disk that never tells of a change: what is left is to look. */
const silent: Disk = {
  ...systemDisk,
  watch: () => ({ close: () => undefined }),
};

/** Names of different lengths: beside a hurried clock two writes can fall into one tick of the disk's. */
const textOf = (unique: string): string => rewriteRecord('', recordOf(unique));

function watching(file: string, options: Partial<RecordWatchOptions> & { clock: Clock }) {
  const heard = listening();
  const records: StreamRecord[] = [];
  const watch = watchRecord({
    file,
    settings,
    known: NOTHING_RECORDED,
    emit: heard.emit,
    onChange: (record) => records.push(record),
    ...options,
  });
  return { ...heard, records, [Symbol.dispose]: () => watch.close(), close: () => watch.close() };
}

describe('E8 changed while running', () => {
  it('is told what differs from what was known at the start, and nothing when nothing does', async () => {
    using directory = temporaryDirectory();
    directory.write(textOf('aaa'));
    const clock = new HurriedClock();
    using knows = watching(directory.file, { clock, disk: silent, known: recordOf('aaa') });
    using knowsNothing = watching(directory.file, { clock: new HurriedClock(), disk: silent });
    await knowsNothing.heard('record-changed');
    expect(knowsNothing.records).toEqual([recordOf('aaa')]);
    expect(knowsNothing.events).toEqual([
      {
        type: 'record-changed',
        file: directory.file,
        activeRegion: 'sa-vinhedo-1',
        secondary: recordOf('aaa').secondary,
      },
    ]);
    directory.write(textOf('bbbb'));
    await knows.heard('record-changed');
    expect(knows.records).toEqual([recordOf('bbbb')]);
  });

  it.each([
    ['written in place', (file: string) => writeFileSync(file, textOf('bbbb'))],
    [
      'replaced',
      (file: string) => {
        writeFileSync(`${file}~`, textOf('bbbb'));
        renameSync(`${file}~`, file);
      },
    ],
  ])('%s: seen within a second where the disk tells nothing', async (_, change) => {
    using directory = temporaryDirectory();
    directory.write(textOf('aaa'));
    const clock = new HurriedClock();
    using watch = watching(directory.file, { clock, disk: silent });
    await watch.heard('record-changed', 1);
    const changedAt = clock.now();
    change(directory.file);
    await watch.heard('record-changed', 2);
    expect(watch.records.at(-1)).toEqual(recordOf('bbbb'));
    expect(clock.now() - changedAt).toBeLessThanOrEqual(1_000);
  });

  it('seen without looking where the disk tells of it', async () => {
    using directory = temporaryDirectory();
    directory.write(textOf('aaa'));
    // The pause between looks never ends by itself.
    using watch = watching(directory.file, { clock: new HurriedClock({ endlessFrom: 500 }) });
    for (const [nth, unique] of ['aaa', 'bbbb', 'ccccc', 'dddddd'].entries()) {
      writeFileSync(directory.at('new'), textOf(unique));
      renameSync(directory.at('new'), directory.file);
      await watch.heard('record-changed', nth + 1);
      expect(watch.records.at(-1)).toEqual(recordOf(unique));
    }
  });

  it('a file, and a directory, that come later; and that go', async () => {
    using directory = temporaryDirectory();
    const file = directory.at('later/stream.properties');
    using watch = watching(file, { clock: systemClock });
    mkdirSync(dirname(file));
    writeFileSync(file, textOf('aaa'));
    await watch.heard('record-changed', 1);
    rmSync(dirname(file), { recursive: true });
    await watch.heard('record-changed', 2);
    mkdirSync(dirname(file));
    writeFileSync(file, textOf('bbbb'));
    await watch.heard('record-changed', 3);
    expect(watch.records).toEqual([recordOf('aaa'), NOTHING_RECORDED, recordOf('bbbb')]);
    expect(watch.of('warning')).toEqual([]);
  });

  it('the target of a link, in another directory', async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.at('shared'));
    writeFileSync(directory.at('shared/real'), textOf('aaa'));
    symlinkSync('shared/real', directory.file);
    using watch = watching(directory.file, { clock: new HurriedClock() });
    await watch.heard('record-changed', 1);
    writeFileSync(directory.at('shared/real'), textOf('bbbb'));
    await watch.heard('record-changed', 2);
    expect(watch.records).toEqual([recordOf('aaa'), recordOf('bbbb')]);
  });

  it('what must not be believed is a warning, once, and what was known stays', async () => {
    using directory = temporaryDirectory();
    directory.write(textOf('aaa'));
    using watch = watching(directory.file, { clock: new HurriedClock() });
    await watch.heard('record-changed', 1);
    directory.write(textOf('bbbb').replace('https://cell-1', 'https://evil.example/cell-1'));
    await watch.heard('warning', 1);
    expect(watch.of('warning')[0]?.message).toContain(`${directory.file}:3: SECONDARY_STREAM_ENDPOINT`);
    directory.write(textOf('ccccc'));
    await watch.heard('record-changed', 2);
    expect(watch.records).toEqual([recordOf('aaa'), recordOf('ccccc')]);
    expect(watch.of('warning')).toHaveLength(1);
  });

  it('what the system refuses for a while is read when it no longer does, without another change', async () => {
    using directory = temporaryDirectory();
    directory.write(textOf('aaa'));
    let looks = 0;
    const disk = failingDisk('open', 'EACCES', () => {
      looks += 1;
      return looks < 5;
    });
    using watch = watching(directory.file, { clock: new HurriedClock(), disk });
    await watch.heard('record-changed', 1);
    expect(watch.records).toEqual([recordOf('aaa')]);
    expect(watch.of('warning').map((event) => event.message)).toEqual([
      expect.stringContaining(`${directory.file} cannot be read (EACCES)`),
    ]);
  });

  it('closed, it is silent, at any moment', async () => {
    using directory = temporaryDirectory();
    directory.write(textOf('aaa'));
    using beside = watching(directory.file, { clock: new HurriedClock() });
    const watch = watching(directory.file, { clock: new HurriedClock() });
    watch.close();
    watch.close();
    await beside.heard('record-changed', 1);
    directory.write(textOf('bbbb'));
    await beside.heard('record-changed', 2);
    expect(watch.events).toEqual([]);
  });
});

describe('E8 a file that is emptied and then filled, as the Java program does', () => {
  /** A disk on which the file is in each of these states, one look after the other; then in the last one. */
  const changing = (...stamps: string[]): Disk => ({
    ...silent,
    stat: (): Promise<FileState> =>
      Promise.resolve({
        stamp: (stamps.length > 1 ? stamps.shift() : stamps[0]) ?? '',
        writtenAt: 0,
        isDirectory: false,
        owner: 0,
        mode: 0,
      }),
  });

  it('is read when it has been still', async () => {
    const clock = new HurriedClock({ endlessFrom: 500 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = watchFile('any', clock, changing('empty', 'half', 'full', 'full'), () => {
      resolve();
      return Promise.resolve(true);
    });
    await promise;
    expect(clock.waits).toEqual([40, 40, 40]);
    end();
  });

  it('is read within half a second when it is never still', async () => {
    const clock = new HurriedClock({ endlessFrom: 500 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const restless = Array.from({ length: 1_000 }, (_, nth) => String(nth));
    const end = watchFile('any', clock, changing(...restless), () => {
      resolve();
      return Promise.resolve(true);
    });
    await promise;
    expect(clock.now()).toBeLessThanOrEqual(500);
    end();
  });
});
