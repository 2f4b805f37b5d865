import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { systemDisk } from '../../../runtime/record/disk.ts';
import { readRecordFile, writeRecordFile } from '../../../runtime/record/record-file.ts';
import { checkRecord, parseRecord, type StreamRecord } from '../../../runtime/record/format.ts';
import { failingDisk, faultyDisk } from './faulty-disk.ts';
import { ocidOf, recordOf, settings } from './samples.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const WRITE_AND_DIE = fileURLToPath(new URL('./write-and-die.ts', import.meta.url));
const WRITE_OFTEN = fileURLToPath(new URL('./write-often.ts', import.meta.url));

async function read(file: string): Promise<StreamRecord> {
  return checkRecord(await readRecordFile(file, systemDisk), settings).record;
}

describe('E1 there is no file', () => {
  it('nothing is recorded, and nothing is wrong', async () => {
    using directory = temporaryDirectory();
    expect(await readRecordFile(directory.file, systemDisk)).toEqual(parseRecord('', 'anything'));
    expect(await readRecordFile(directory.at('no/such/directory'), systemDisk)).toEqual(parseRecord('', ''));
  });
});

describe('E5 killed at every step of a write', { timeout: 120_000 }, () => {
  it('leaves the old record or the new one, whole, and the next write succeeds', async () => {
    using directory = temporaryDirectory();
    using cache = temporaryDirectory();
    const env = { ...process.env, NODE_COMPILE_CACHE: cache.path };
    const dieBefore = (step: number): SpawnSyncReturns<string> =>
      spawnSync(process.execPath, [WRITE_AND_DIE, directory.file, String(step), 'new'], {
        env,
        encoding: 'utf8',
      });

    await writeRecordFile(directory.file, recordOf('older'), systemDisk);
    const { status, stdout, stderr } = dieBefore(Infinity);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const steps = Number(stdout);
    expect(steps).toBeGreaterThan(15);

    await writeRecordFile(directory.file, recordOf('old'), systemDisk);
    const found: string[] = [];
    for (let step = 1; step <= steps; step += 1) {
      expect(dieBefore(step).signal).toBe('SIGKILL');
      found.push((await read(directory.file)).secondary?.ocid ?? 'nothing');
    }
    // From the old to the new, once.
    expect(new Set(found)).toEqual(new Set([ocidOf('old'), ocidOf('new')]));
    expect(found).toEqual(found.toSorted().toReversed());
    await writeRecordFile(directory.file, recordOf('next'), systemDisk);
    expect(await read(directory.file)).toEqual(recordOf('next'));
  });

  it('what killed writers left is cleared away once it is old, and never what is young or of others', async () => {
    using directory = temporaryDirectory();
    const left = '.stream.properties.0c9b6f2e-7a55-4d1c-9d3e-5a6b7c8d9e0f.tmp';
    const young = '.stream.properties.1c9b6f2e-7a55-4d1c-9d3e-5a6b7c8d9e0f.tmp';
    const others = ['.other.properties.0c9b6f2e-7a55-4d1c-9d3e-5a6b7c8d9e0f.tmp', '.stream.properties.swp'];
    for (const name of [left, young, ...others]) writeFileSync(directory.at(name), 'half');
    for (const name of [left, ...others]) utimesSync(directory.at(name), 1, 1);
    await writeRecordFile(directory.file, recordOf('aaa'), systemDisk);
    expect(directory.names()).toEqual([young, ...others, 'stream.properties'].sort());
  });
});

describe('E6 two processes write at once', { timeout: 120_000 }, () => {
  it('every reading finds one of the two, whole', async () => {
    using directory = temporaryDirectory();
    await writeRecordFile(directory.file, recordOf('aaa'), systemDisk);
    const writers = ['aaa', 'bbb'].map((unique) =>
      spawn(process.execPath, [WRITE_OFTEN, directory.file, unique, '60'], {
        stdio: 'inherit',
      }),
    );
    const ended = Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0] as number));
    let readings = 0;
    while (writers.some((writer) => writer.exitCode === null)) {
      expect([recordOf('aaa'), recordOf('bbb')]).toContainEqual(await read(directory.file));
      readings += 1;
    }
    expect(await ended).toEqual([0, 0]);
    expect(readings).toBeGreaterThan(0);
    expect([recordOf('aaa'), recordOf('bbb')]).toContainEqual(await read(directory.file));
    expect(directory.names()).toEqual(['stream.properties']);
  });
});

describe('E7 the disk refuses', () => {
  it.each([
    ['open', 'EROFS', 'read-only'],
    ['open', 'EACCES', 'the right to it'],
    ['handle.writeFile', 'ENOSPC', 'make room'],
    ['handle.sync', 'EIO', 'EIO'],
    ['rename', 'EIO', 'EIO'],
  ])(
    '%s fails with %s: a typed error, the old record stands, nothing is left behind',
    async (step, code, remedy) => {
      using directory = temporaryDirectory();
      await writeRecordFile(directory.file, recordOf('old'), systemDisk);
      const disk = failingDisk(step, code, () => true);
      const writing = writeRecordFile(directory.file, recordOf('new'), disk);
      await expect(writing).rejects.toMatchObject({
        name: 'HaError',
        code: 'RECORD',
        message: expect.stringContaining(directory.file) as string,
        cause: { code },
      });
      await expect(writing).rejects.toThrow(remedy);
      expect(await read(directory.file)).toEqual(recordOf('old'));
      expect(directory.names()).toEqual(['stream.properties']);
    },
  );

  it('the directory is missing', async () => {
    using directory = temporaryDirectory();
    const file = directory.at('missing/stream.properties');
    await expect(writeRecordFile(file, recordOf('aaa'), systemDisk)).rejects.toMatchObject({
      code: 'RECORD',
      message: `${file} cannot be written (ENOENT): its directory does not exist; make it, or choose another place with --record-file`,
    });
  });

  it('a disk that cannot sync a directory is no reason to fail', async () => {
    using directory = temporaryDirectory();
    let syncs = 0;
    const disk = failingDisk('handle.sync', 'EINVAL', () => {
      syncs += 1;
      return syncs === 2;
    });
    await writeRecordFile(directory.file, recordOf('aaa'), disk);
    expect([syncs, await read(directory.file)]).toEqual([2, recordOf('aaa')]);
  });
});

describe('E11 what is no small file', () => {
  const bothSay = (file: string, problem: string): unknown[] =>
    Array<unknown>(2).fill(
      expect.objectContaining({
        code: 'CONFIG',
        message: expect.stringContaining(`${file} ${problem}`) as string,
      }),
    );

  it('a gigabyte is neither read nor replaced', async () => {
    using directory = temporaryDirectory();
    directory.write('');
    truncateSync(directory.file, 2 ** 30);
    expect(await refusalsOf(directory.file)).toEqual(bothSay(directory.file, 'is longer than 65536 bytes'));
    expect(statSync(directory.file).size).toBe(2 ** 30);
  });

  it('64 KiB is still read, and one byte more is not', async () => {
    using directory = temporaryDirectory();
    directory.write(`a=${'x'.repeat(65_533)}\n`);
    expect(await read(directory.file)).toMatchObject({ secondary: undefined });
    directory.write(`a=${'x'.repeat(65_534)}\n`);
    expect(await refusalsOf(directory.file)).toEqual(bothSay(directory.file, 'is longer than 65536 bytes'));
  });

  it('nothing is written that could not be read back', async () => {
    using directory = temporaryDirectory();
    directory.write(`a=${'x'.repeat(65_500)}\n`);
    await expect(writeRecordFile(directory.file, recordOf('aaa'), systemDisk)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('could not be read back') as string,
    });
  });

  it('a directory', async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file);
    expect(await refusalsOf(directory.file)).toEqual(bothSay(directory.file, 'is a directory'));
  });

  it.skipIf(process.platform === 'win32')('a FIFO that nobody writes to does not block', async () => {
    using directory = temporaryDirectory();
    spawnSync('sh', ['-c', 'mkfifo "$0"', directory.file]);
    expect(await refusalsOf(directory.file)).toEqual(bothSay(directory.file, 'is not a regular file'));
    expect(lstatSync(directory.file).isFIFO()).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('a device', async () => {
    expect(await refusalsOf('/dev/zero')).toEqual(bothSay('/dev/zero', 'is not a regular file'));
  });

  it('a link is followed: its target is replaced, through directories that are links too', async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.at('real/deep'), { recursive: true });
    writeFileSync(directory.at('real/shared.properties'), 'kept=1\n');
    symlinkSync('real/deep', directory.at('link'));
    symlinkSync('link/hop', directory.file);
    symlinkSync('../shared.properties', directory.at('real/deep/hop'));
    const neighbours: string[][] = [];
    const disk = faultyDisk((step) => {
      if (step === 'rename') neighbours.push(readdirSync(directory.at('real')));
    });
    await writeRecordFile(directory.file, recordOf('aaa'), disk);
    // The temporary file stood beside the target, not beside the link: a rename must not cross disks.
    expect(neighbours).toEqual([expect.arrayContaining([expect.stringMatching(/^\.shared.*\.tmp$/)])]);
    expect(readlinkSync(directory.file)).toBe('link/hop');
    expect(readFileSync(directory.at('real/shared.properties'), 'latin1')).toContain('kept=1');
    expect(lstatSync(directory.at('real/shared.properties')).isFile()).toBe(true);
    expect(await read(directory.file)).toEqual(recordOf('aaa'));
  });

  it('a link to a file that does not exist yet makes the file', async () => {
    using directory = temporaryDirectory();
    symlinkSync(directory.at('later.properties'), directory.file);
    await writeRecordFile(directory.file, recordOf('aaa'), systemDisk);
    expect(lstatSync(directory.file).isSymbolicLink()).toBe(true);
    expect(existsSync(directory.at('later.properties'))).toBe(true);
  });

  it('links in a circle are refused', async () => {
    using directory = temporaryDirectory();
    symlinkSync('stream.properties', directory.file);
    await expect(writeRecordFile(directory.file, recordOf('aaa'), systemDisk)).rejects.toMatchObject({
      code: 'RECORD',
      message: expect.stringContaining('ELOOP') as string,
    });
    await expect(read(directory.file)).rejects.toMatchObject({ code: 'RECORD' });
  });

  it('permissions are kept', async () => {
    using directory = temporaryDirectory();
    directory.write('');
    for (const mode of [0o600, 0o664, 0o666]) {
      chmodSync(directory.file, mode);
      await writeRecordFile(directory.file, recordOf('aaa'), systemDisk);
      expect(statSync(directory.file).mode & 0o7777).toBe(mode);
    }
  });
});

/** What reading and what writing say. */
async function refusalsOf(file: string): Promise<unknown[]> {
  const tries = [readRecordFile(file, systemDisk), writeRecordFile(file, recordOf('aaa'), systemDisk)];
  return (await Promise.allSettled<unknown>(tries)).map((tried) =>
    tried.status === 'rejected' ? tried.reason : 'was not refused',
  );
}
