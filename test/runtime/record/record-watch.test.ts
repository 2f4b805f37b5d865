import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

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
import { VirtualClock } from '../../support/virtual-clock.ts';
import { failingDisk, faultyDisk } from './faulty-disk.ts';
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

describe('E8: changed while running', () => {
  it('E8: is told what differs from what was known at the start, and nothing when nothing does', async () => {
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
  ])('E8: %s: seen within a second where the disk tells nothing', async (_, change) => {
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

  it('E8: seen without looking where the disk tells of it', async () => {
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

  it('E8: a file, and a directory, that come later; and that go', async () => {
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

  it('E8: the target of a link, in another directory', async () => {
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

  it('E8: what must not be believed is a warning, once, and what was known stays', async () => {
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

  it('E8: what the system refuses for a while is read when it no longer does, without another change', async () => {
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

  it('E8: closed, it is silent, at any moment', async () => {
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

describe('E8: a file that is emptied and then filled, as the Java program does', () => {
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

  it('E8: is read when it has been still', async () => {
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

  it('E8: is read within half a second when it is never still', async () => {
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

describe('E8: how a file is watched', () => {
  const FILE = '/somewhere/stream.properties';
  const there = (stamp: string): FileState => ({
    stamp,
    writtenAt: 0,
    isDirectory: false,
    owner: 0,
    mode: 0,
  });

  /** A disk with one file, that counts looks and tells what is watched. */
  function countingDisk() {
    const told: { name: (name: string | null) => void; closed: boolean; directory: string }[] = [];
    const state = { stamp: 'first' as string | undefined, looks: 0, watches: true };
    const disk: Disk = {
      ...systemDisk,
      stat: (path) => {
        expect(path).toBe(FILE);
        state.looks += 1;
        if (state.stamp === 'fails') return Promise.reject(new Error('EIO'));
        return Promise.resolve(state.stamp === undefined ? undefined : there(state.stamp));
      },
      watch: (directory, changed) => {
        if (!state.watches) throw new Error('ENOSPC: no more watches');
        const watch = { name: changed, closed: false, directory };
        told.push(watch);
        return { close: () => void (watch.closed = true) };
      },
    };
    return { disk, told, state };
  }

  /** The file is watched on a clock that stands still until it is told to go on. */
  async function watched(answers: () => boolean = () => true) {
    const counting = countingDisk();
    const clock = new VirtualClock();
    const calls: number[] = [];
    const start = clock.now();
    const end = watchFile(FILE, clock, counting.disk, () => {
      calls.push(clock.now() - start);
      return Promise.resolve(answers());
    });
    await clock.pass(40);
    return { ...counting, clock, calls, end };
  }

  it('E8: once at the start, then only when it changed, by looking every half second', async () => {
    const { clock, calls, state, end } = await watched();
    expect(calls).toEqual([40]);
    await clock.pass(10_000);
    expect(calls).toEqual([40]);
    expect(state.looks).toBeGreaterThanOrEqual(20);
    expect(state.looks).toBeLessThanOrEqual(24);
    state.stamp = 'second';
    await clock.pass(1_000);
    expect(calls).toHaveLength(2);
    end();
  });

  it('E8: the directory is watched, and only what it says of this file is a hint', async () => {
    const { clock, told, state, end } = await watched();
    expect(told.map(({ directory }) => directory)).toEqual(['/somewhere']);
    const looksAfter = async (name: string | null): Promise<number> => {
      const before = state.looks;
      told[0]?.name(name);
      await clock.pass(0);
      return state.looks - before;
    };
    expect(await looksAfter('other')).toBe(0);
    expect(await looksAfter('stream.properties')).toBe(1);
    expect(await looksAfter(null)).toBe(1);
    await clock.pass(5_000);
    expect(told).toHaveLength(1);
    end();
  });

  it('E8: a hint makes it read at once, when the file is still', async () => {
    const { clock, told, calls, state, end } = await watched();
    state.stamp = 'second';
    told[0]?.name('stream.properties');
    await clock.pass(39);
    expect(calls).toHaveLength(1);
    await clock.pass(1);
    expect(calls).toHaveLength(2);
    end();
  });

  it('E8: what is not done is called again at each look, until it is', async () => {
    let tries = 0;
    const { clock, calls, end } = await watched(() => {
      tries += 1;
      return tries === 3;
    });
    await clock.pass(10_000);
    expect(calls).toHaveLength(3);
    end();
  });

  it('E8: where there is no watch to be had, looking is enough', async () => {
    const counting = countingDisk();
    counting.state.watches = false;
    const clock = new VirtualClock();
    let calls = 0;
    const end = watchFile(FILE, clock, counting.disk, () => {
      calls += 1;
      return Promise.resolve(true);
    });
    await clock.pass(1_000);
    counting.state.stamp = 'second';
    await clock.pass(1_000);
    expect(calls).toBe(2);
    counting.state.watches = true;
    await clock.pass(1_000);
    expect(counting.told).toHaveLength(1);
    end();
  });

  it('E8: a file that goes away takes the watch with it: a new one is made at each look', async () => {
    const { clock, told, calls, state, end } = await watched();
    state.stamp = undefined;
    await clock.pass(1_000);
    expect(calls).toHaveLength(2);
    expect(told[0]?.closed).toBe(true);
    await clock.pass(1_000);
    expect(told.length).toBeGreaterThan(2);
    expect(told.slice(0, -1).every(({ closed }) => closed)).toBe(true);
    state.stamp = 'again';
    await clock.pass(1_000);
    expect(calls).toHaveLength(3);
    expect(told.at(-1)?.closed).toBe(false);
    end();
  });

  it('E8: a file that the system does not show is read once, so that the reading says why', async () => {
    const { clock, calls, state, end } = await watched();
    state.stamp = 'fails';
    await clock.pass(5_000);
    expect(calls).toHaveLength(2);
    end();
  });

  it('E8: nothing is looked at, called or watched after the end', async () => {
    const { clock, told, calls, state, end } = await watched();
    state.stamp = 'second';
    end();
    await clock.pass(10);
    const { looks } = state;
    await clock.pass(10_000);
    expect(calls).toHaveLength(1);
    expect(state.looks).toBe(looks);
    expect(told.every(({ closed }) => closed)).toBe(true);
  });
});

describe('E8: what is said of a record that must not be believed', () => {
  it('E8: each problem once, and again when it comes back', async () => {
    using directory = temporaryDirectory();
    const bad = (line: string): string => `${textOf('aaa')}${line}\n`;
    directory.write(bad('x=\\u00'));
    using watch = watching(directory.file, { clock: new HurriedClock() });
    await watch.heard('warning', 1);
    directory.write(bad('more=1\nx=\\u00'));
    await watch.heard('warning', 2);
    // Half a secondary is a warning too, and the record that goes with it is announced.
    directory.write('SECONDARY_STREAM_OCID=x\nACTIVE_REGION=sa-saopaulo-1\n');
    await watch.heard('record-changed', 1);
    directory.write(bad('x=\\u00'));
    await watch.heard('warning', 4);
    const lines = watch.of('warning').map(({ message }) => /:(\d+): /.exec(message)?.[1]);
    expect(lines).toEqual(['6', '7', '1', '6']);
    expect(watch.records).toEqual([{ ...NOTHING_RECORDED, activeRegion: 'sa-saopaulo-1' }]);
  });

  it('E8: a change that says nothing new is not announced, but warned of', async () => {
    using directory = temporaryDirectory();
    directory.write(textOf('aaa'));
    using watch = watching(directory.file, { clock: new HurriedClock(), known: recordOf('aaa') });
    directory.write(textOf('aaa').replace(/ACTIVE_SINCE.*/, 'ACTIVE_SINCE=yesterday'));
    await watch.heard('warning', 1);
    expect(watch.of('warning')[0]?.message).toContain('ACTIVE_SINCE is not a time');
    directory.write(textOf('aaa'));
    await watch.heard('record-changed', 2);
    expect(watch.records).toEqual([{ ...recordOf('aaa'), activeSince: undefined }, recordOf('aaa')]);
  });

  it('E8: what the file says is wrong until it changes: it is read once', async () => {
    using directory = temporaryDirectory();
    directory.write('x=\\u00\n');
    let opened = 0;
    const disk = faultyDisk((step) => {
      if (step === 'open') opened += 1;
    });
    const clock = new HurriedClock();
    using watch = watching(directory.file, { clock, disk });
    await watch.heard('warning', 1);
    const seen = clock.waits.length;
    await vi.waitUntil(() => clock.waits.length > seen + 10);
    expect(opened).toBe(1);
  });
});
