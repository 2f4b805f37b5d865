import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';

import { dirname } from 'node:path';

import { describe, expect, it } from 'vitest';

import { systemDisk, type Disk } from '../../../runtime/record/disk.ts';
import { rewriteRecord } from '../../../runtime/record/format.ts';
import { assertRecordPlace, keepRecord, readRecordedState } from '../../../runtime/record/index.ts';
import { exportSecondary } from '../../../runtime/record/export-env.ts';
import { readRecordFile, writeRecordFile, writeStateFile } from '../../../runtime/record/record-file.ts';
import { diskBesideAnother, giveAway, shareWithAnyone } from './another-user.ts';
import { failingDisk } from './faulty-disk.ts';
import { listening } from './heard.ts';
import { HurriedClock } from './hurried-clock.ts';
import { ENDPOINT, ocidOf, recordOf, settings } from './samples.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const writers: [string, string, (file: string, disk: Disk) => Promise<unknown>][] = [
  ['the record', '', (file, disk) => writeRecordFile(file, recordOf('aaa'), disk)],
  ['the state', '.state', (file, disk) => writeStateFile(file, { hold: 'x' }, disk)],
];

describe.skipIf(process.platform === 'win32')('E16: a link in a directory that others may write to', () => {
  /** A directory as /tmp is, with a link of another user in it that leads to a file of ours. */
  function planted(suffix: string) {
    const directory = temporaryDirectory();
    const target = directory.at('precious');
    mkdirSync(directory.at('tmp'));
    const file = directory.at('tmp/stream.properties');
    writeFileSync(target, 'precious', { mode: 0o640 });
    symlinkSync(target, file + suffix);
    giveAway(file + suffix);
    shareWithAnyone(directory.at('tmp'));
    return {
      file,
      link: file + suffix,
      untouched: (): void => {
        expect(readFileSync(target, 'utf8')).toBe('precious');
        expect(statSync(target).mode & 0o777).toBe(0o640);
        expect(readlinkSync(file + suffix)).toBe(target);
      },
      [Symbol.dispose]: directory[Symbol.dispose],
    };
  }

  it.each(writers)(
    'E16: %s is not written through it, and its target is untouched',
    async (_, suffix, write) => {
      using place = planted(suffix);
      await expect(write(place.file, diskBesideAnother())).rejects.toMatchObject({
        code: 'CONFIG',
        message: expect.stringContaining(`${place.link} is a link of another user`) as string,
      });
      place.untouched();
    },
  );

  it('E16: the file to source is not written through it: a warning, and the rest is exported', async () => {
    using place = planted('.env');
    const heard = listening();
    const environment: Record<string, string> = {};
    const machine = { platform: 'linux' as const, environment, disk: diskBesideAnother() };
    await exportSecondary(ocidOf('aaa'), ENDPOINT, { file: place.file, emit: heard.emit, machine });
    expect(heard.of('warning').map((event) => event.message)).toEqual([
      expect.stringContaining(`${place.link} is a link of another user`),
    ]);
    expect(environment).toMatchObject({ SECONDARY_STREAM_OCID: ocidOf('aaa') });
    place.untouched();
  });

  it("E16: the same for the file of systemd's environment.d", async () => {
    using place = planted('');
    using directory = temporaryDirectory();
    const home = directory.at('home');
    mkdirSync(`${home}/environment.d`, { recursive: true });
    symlinkSync(place.file, `${home}/environment.d/oci-streaming-ha.conf`);
    giveAway(`${home}/environment.d/oci-streaming-ha.conf`);
    chmodSync(`${home}/environment.d`, 0o777);
    const heard = listening();
    const machine = {
      platform: 'linux' as const,
      environment: { XDG_CONFIG_HOME: home },
      disk: diskBesideAnother(),
    };
    const options = { file: directory.file, emit: heard.emit, machine, mode: 'persistent' as const };
    await exportSecondary(ocidOf('aaa'), ENDPOINT, options);
    expect(heard.of('warning')).toHaveLength(1);
    place.untouched();
  });

  it('E16: nothing is believed that stands behind it, and the start says so', async () => {
    using place = planted('');
    const disk = diskBesideAnother();
    const refused = { code: 'CONFIG', message: expect.stringContaining('is not followed') as string };
    const reading = { file: place.file, environment: {}, settings, emit: () => undefined, disk };
    await expect(readRecordedState(reading)).rejects.toMatchObject(refused);
    await expect(assertRecordPlace(place.file, { disk })).rejects.toMatchObject(refused);
    place.untouched();
  });

  it('E16: a directory that only a group may write to is one that others may write to', async () => {
    using place = planted('');
    chmodSync(dirname(place.file), 0o775);
    await expect(writeRecordFile(place.file, recordOf('aaa'), diskBesideAnother())).rejects.toMatchObject({
      code: 'CONFIG',
    });
    place.untouched();
  });

  it('E16: a link behind a link counts too', async () => {
    using place = planted('');
    using directory = temporaryDirectory();
    symlinkSync(place.file, directory.file);
    await expect(writeRecordFile(directory.file, recordOf('aaa'), diskBesideAnother())).rejects.toMatchObject(
      {
        message: expect.stringContaining(`${place.link} is a link`) as string,
      },
    );
    place.untouched();
  });

  it('E16: while the record is kept, it is tried again, and nothing is written', async () => {
    using place = planted('');
    const heard = listening();
    const clock = new HurriedClock({ endlessFrom: 0 });
    const keeper = keepRecord({ file: place.file, clock, emit: heard.emit, disk: diskBesideAnother() });
    keeper.keep(recordOf('aaa'));
    await heard.heard('record-failed');
    await keeper.close();
    expect(heard.events.map((event) => event.type)).toEqual(['record-failed', 'warning']);
    place.untouched();
  });

  it('E11, E16: a link of our own is followed there, and a link of another where only the owner of the directory may write', async () => {
    using directory = temporaryDirectory();
    symlinkSync('real', directory.file);
    shareWithAnyone(directory.path);
    await writeRecordFile(directory.file, recordOf('aaa'), systemDisk);
    giveAway(directory.file);
    chmodSync(directory.path, 0o755);
    await writeRecordFile(directory.file, recordOf('bbb'), diskBesideAnother());
    expect(lstatSync(directory.file).isSymbolicLink()).toBe(true);
    expect(readFileSync(directory.at('real'), 'latin1')).toContain(ocidOf('bbb'));
  });
});

describe.skipIf(process.platform === 'win32')('E16: a plain file of another user', () => {
  const text = rewriteRecord('', recordOf('aaa'));

  it('E16: where anyone may make files, it is neither believed nor written', async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.at('tmp'));
    const file = directory.at('tmp/stream.properties');
    writeFileSync(file, text, { mode: 0o666 });
    giveAway(file);
    shareWithAnyone(directory.at('tmp'));
    const refused = {
      code: 'CONFIG',
      message: expect.stringContaining('is a file of another user') as string,
    };
    // The directory is of this user, so that only the file can be another's.
    const disk = otherOwnerOf(directory.at('tmp'), diskBesideAnother());
    await expect(readRecordFile(file, disk)).rejects.toMatchObject(refused);
    await expect(writeRecordFile(file, recordOf('bbb'), disk)).rejects.toMatchObject(refused);
    expect(readFileSync(file, 'latin1')).toBe(text);
  });

  it('R7: in a directory of a group, or of its own user, it is shared on purpose', async () => {
    using directory = temporaryDirectory();
    directory.write(text);
    giveAway(directory.file);
    giveAway(directory.path);
    for (const mode of [0o755, 0o775, 0o777, 0o1777]) {
      chmodSync(directory.path, mode);
      expect(await readRecordFile(directory.file, diskBesideAnother())).toMatchObject({
        ocid: { value: ocidOf('aaa') },
      });
    }
  });

  it.each(['.env', '.state'])('E16: %s is never written into it', async (suffix) => {
    using directory = temporaryDirectory();
    const { file } = directory;
    writeFileSync(file + suffix, 'theirs', { mode: 0o666 });
    giveAway(file + suffix);
    // A sticky directory: another user's file cannot be replaced.
    const disk = diskBesideAnother(failingDisk('rename', 'EPERM', () => true));
    const heard = listening();
    if (suffix === '.state') {
      await expect(writeStateFile(file, { hold: 'x' }, disk)).rejects.toMatchObject({ code: 'RECORD' });
    } else {
      const machine = { platform: 'linux' as const, environment: {}, disk };
      await exportSecondary(ocidOf('aaa'), ENDPOINT, { file, emit: heard.emit, machine });
      expect(heard.of('warning')).toHaveLength(1);
    }
    expect(readFileSync(file + suffix, 'utf8')).toBe('theirs');
  });

  /** Where root does not run the tests, the directory and the file have one owner. */
  function otherOwnerOf(directory: string, disk: Disk): Disk {
    return {
      ...disk,
      stat: async (path) => {
        const state = await disk.stat(path);
        return path === directory && state !== undefined ? { ...state, owner: 0 } : state;
      },
    };
  }
});

describe('E17: the place of the record at a start', () => {
  it('E17: a directory that is there is well', async () => {
    using directory = temporaryDirectory();
    const heard = listening();
    await assertRecordPlace(directory.file, { emit: heard.emit });
    await assertRecordPlace('stream.properties', { emit: heard.emit });
    expect(heard.events).toEqual([]);
  });

  it.each([
    ['does not exist', 'missing/stream.properties', 'missing does not exist'],
    ['is a file', 'file/stream.properties', 'file is not a directory'],
    ['is below a file', 'file/deeper/stream.properties', 'deeper does not exist'],
    ['is where a link leads, and does not exist', 'link', 'missing does not exist'],
  ])('E17: a directory that %s is said, with what to do', async (_, name, problem) => {
    using directory = temporaryDirectory();
    writeFileSync(directory.at('file'), '');
    symlinkSync(directory.at('missing/stream.properties'), directory.at('link'));
    const file = directory.at(name);
    await expect(assertRecordPlace(file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(
        new RegExp(`^${file} cannot be kept: .*${problem}; create it .*recordFile`),
      ) as string,
    });
  });

  it('E7: a place that this user cannot write to is a warning: messages do not need it', async () => {
    using directory = temporaryDirectory();
    const heard = listening();
    const disk: Disk = { ...systemDisk, isWritable: () => Promise.resolve(false) };
    await assertRecordPlace(directory.file, { emit: heard.emit, disk });
    expect(heard.of('warning').map((event) => event.message)).toEqual([
      expect.stringContaining(`${directory.file} cannot be written by this user`),
    ]);
  });

  it('E14: a file that can be written in place is well', async () => {
    using directory = temporaryDirectory();
    const heard = listening();
    const disk: Disk = { ...systemDisk, isWritable: (path) => Promise.resolve(path === directory.file) };
    await assertRecordPlace(directory.file, { emit: heard.emit, disk });
    expect(heard.events).toEqual([]);
  });
});
