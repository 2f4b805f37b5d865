import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import { diskTrouble, errnoOf, systemDisk } from '../../../runtime/record/disk.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describe("E8: the system's disk", () => {
  it('E8: the stamp of a file differs after each way to change it, and only then', async () => {
    using directory = temporaryDirectory();
    const stamp = async (): Promise<string | undefined> => (await systemDisk.stat(directory.file))?.stamp;
    const changes = [
      (): void => directory.write('one'),
      (): void => directory.write('three'),
      (): void => utimesSync(directory.file, 5, 5),
      (): void => {
        writeFileSync(directory.at('new'), 'three');
        renameSync(directory.at('new'), directory.file);
      },
      (): void => rmSync(directory.file),
    ];
    const seen = new Set([await stamp()]);
    expect([...seen]).toEqual([undefined]);
    seen.clear();
    for (const change of changes) {
      change();
      seen.add(await stamp());
      expect(await stamp()).toBe([...seen].at(-1));
    }
    expect(seen.size).toBe(changes.length);
  });

  it('E16: what a file is, and of whom: the end of the links for stat, the link for lstat', async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.at('real'), { mode: 0o750 });
    symlinkSync('real', directory.at('link'));
    utimesSync(directory.at('real'), 7, 7);
    expect(await systemDisk.stat(directory.at('link'))).toMatchObject({
      isDirectory: true,
      mode: 0o750,
      owner: process.geteuid?.() ?? 0,
      writtenAt: 7_000,
    });
    expect((await systemDisk.lstat(directory.at('link')))?.isSymbolicLink()).toBe(true);
    directory.write('');
    expect(await systemDisk.stat(directory.file)).toMatchObject({ isDirectory: false });
    expect(systemDisk.userId).toBe(process.geteuid?.());
  });

  it('E1: what is not there is undefined, and what the system refuses rejects', async () => {
    using directory = temporaryDirectory();
    directory.write('');
    expect(await systemDisk.stat(directory.at('absent'))).toBeUndefined();
    expect(await systemDisk.lstat(directory.at('absent'))).toBeUndefined();
    await expect(systemDisk.stat(`${directory.file}/below`)).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(systemDisk.lstat(`${directory.file}/below`)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('E14: says whether this user may write', async () => {
    using directory = temporaryDirectory();
    expect(await systemDisk.isWritable(directory.path)).toBe(true);
    expect(await systemDisk.isWritable(directory.at('absent'))).toBe(false);
  });

  it('E13: makes directories for this user only, and takes those that are there', async () => {
    using directory = temporaryDirectory();
    await systemDisk.makeDirectory(directory.at('a/b'));
    await systemDisk.makeDirectory(directory.at('a/b'));
    expect(statSync(directory.at('a')).mode & 0o777).toBe(0o700);
    expect(statSync(directory.at('a/b')).mode & 0o777).toBe(0o700);
  });

  it('E13, E17: ends where no directory can be made in one that exists', async () => {
    using directory = temporaryDirectory();
    directory.write('x');
    await expect(systemDisk.makeDirectory(directory.file)).rejects.toMatchObject({ code: 'EEXIST' });
    // Node's own mkdir with `recursive` runs there for ever.
    const nowhere = process.platform === 'linux' ? '/proc/none/below' : `${directory.file}/below`;
    await expect(systemDisk.makeDirectory(nowhere)).rejects.toThrow(/ENOENT|ENOTDIR/);
  });

  it('E8: tells of changes in a directory, by name, and does not keep the process alive', async () => {
    using directory = temporaryDirectory();
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const watch = systemDisk.watch(directory.path, resolve);
    directory.write('x');
    expect([null, 'stream.properties']).toContain(await promise);
    watch.close();
    expect(() => systemDisk.watch(directory.at('absent'), () => undefined)).toThrow('ENOENT');
  });
});

describe('E7: what the system refuses, in words', () => {
  const refused = (code: string): Error => Object.assign(new Error(`${code}: in its own words`), { code });

  it.each([
    ['EACCES', 'give this user permission'],
    ['EPERM', 'give this user permission'],
    ['EROFS', 'the disk is read-only'],
    ['ENOSPC', 'the disk is full'],
    ['EDQUOT', 'disk quota is used up'],
    ['ENOENT', 'its directory does not exist'],
    ['ENOTDIR', 'a part of that path is a file'],
    ['EISDIR', 'it is a directory'],
    ['ELOOP', 'its links form a circle'],
    ['EMFILE', 'too many files open'],
    ['EIO', 'EIO: in its own words'],
  ])('E7: %s', (code, words) => {
    const cause = refused(code);
    const trouble = diskTrouble('written', '/srv/stream.properties', cause);
    expect(trouble).toMatchObject({ code: 'RECORD', cause });
    expect(trouble.message).toContain(`/srv/stream.properties cannot be written (${code}): `);
    expect(trouble.message).toContain(words);
  });

  it('E7: an error without a code, what is no error, and what is said already', () => {
    expect(diskTrouble('read', 'x', new Error('odd')).message).toBe('x cannot be read: odd');
    expect(diskTrouble('read', 'x', 'odd').message).toBe('x cannot be read: odd');
    const said = new HaError('CONFIG', 'said');
    expect(diskTrouble('read', 'x', said)).toBe(said);
    expect(errnoOf('odd')).toBeUndefined();
    expect(errnoOf(refused('EIO'))).toBe('EIO');
  });
});
