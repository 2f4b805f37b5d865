import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { systemDisk, type Disk } from '../../../runtime/record/disk.ts';
import { readRecordFile, writeRecordFile } from '../../../runtime/record/record-file.ts';
import {
  checkRecord,
  parseRecord,
  rewriteRecord,
  type StreamRecord,
} from '../../../runtime/record/format.ts';
import { giveAway } from './another-user.ts';
import { failingDisk, faultyDisk } from './faulty-disk.ts';
import { loadLikeJava } from './java-properties.ts';
import { ENDPOINT, ocidOf, recordOf, settings } from './samples.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const WRITE_AND_DIE = fileURLToPath(new URL('./write-and-die.ts', import.meta.url));
const WRITE_OFTEN = fileURLToPath(new URL('./write-often.ts', import.meta.url));

async function read(file: string): Promise<StreamRecord> {
  return checkRecord(await readRecordFile(file, systemDisk), settings).record;
}

describe('E1: there is no file', () => {
  it('E1: nothing is recorded, and nothing is wrong', async () => {
    using directory = temporaryDirectory();
    expect(await readRecordFile(directory.file, systemDisk)).toEqual(parseRecord('', 'anything'));
    expect(await readRecordFile(directory.at('no/such/directory'), systemDisk)).toEqual(parseRecord('', ''));
  });
});

describe('E5: killed at every step of a write', { timeout: 120_000 }, () => {
  it('E5, INV-7: leaves the old record or the new one, whole, and the next write succeeds', async () => {
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

    const found: string[] = [];
    for (let step = 1; step <= steps; step += 1) {
      await writeRecordFile(directory.file, recordOf('old'), systemDisk);
      expect(dieBefore(step).signal).toBe('SIGKILL');
      found.push((await read(directory.file)).secondary?.ocid ?? 'nothing');
      const byJava = loadLikeJava(readFileSync(directory.file, 'latin1'));
      expect(byJava?.get('SECONDARY_STREAM_OCID')).toBe(found.at(-1));
    }
    // From the old to the new, once.
    expect(new Set(found)).toEqual(new Set([ocidOf('old'), ocidOf('new')]));
    expect(found).toEqual(found.toSorted().toReversed());
    await writeRecordFile(directory.file, recordOf('next'), systemDisk);
    expect(await read(directory.file)).toEqual(recordOf('next'));
  });

  it('E5: what killed writers left is cleared away once it is old, and never what is young or of others', async () => {
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

describe('E6: two processes write at once', { timeout: 120_000 }, () => {
  it('E6: every reading finds one of the two, whole', async () => {
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

describe('E7: the disk refuses', () => {
  it.each([
    ['open', 'EROFS', 'read-only'],
    ['open', 'EACCES', 'permission'],
    ['handle.writeFile', 'ENOSPC', 'free some space'],
    ['handle.sync', 'EIO', 'EIO'],
    ['rename', 'EIO', 'EIO'],
  ])(
    'E7: %s fails with %s: a typed error, the old record stands, nothing is left behind',
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

  it('E7: the directory is missing', async () => {
    using directory = temporaryDirectory();
    const file = directory.at('missing/stream.properties');
    await expect(writeRecordFile(file, recordOf('aaa'), systemDisk)).rejects.toMatchObject({
      code: 'RECORD',
      message: `${file} cannot be written (ENOENT): its directory does not exist; create it, or choose another place (\`recordFile\`)`,
    });
  });

  it('E7: a disk that cannot sync a directory is no reason to fail', async () => {
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

describe('E14: the file cannot be replaced', () => {
  /** A directory that takes no new file (`open`) or no rename to the name of the record, as the system says it. */
  const unreplaceable = (step: string, code: string): Disk =>
    faultyDisk((name, [, flags]) => {
      if (name === step && (step === 'rename' || flags === 'wx')) {
        throw Object.assign(new Error(`${code}: made to fail`), { code });
      }
    });
  const places = [
    ['a mount point', 'rename', 'EBUSY'],
    ['a mount point of another disk', 'rename', 'EXDEV'],
    ['a name that may not be taken', 'rename', 'EPERM'],
    ['a directory of another user', 'open', 'EACCES'],
    ['a directory that is immutable', 'open', 'EPERM'],
    ['a read-only disk with a writable file mounted in it', 'open', 'EROFS'],
    ['a name that leaves no room for a longer one', 'open', 'ENAMETOOLONG'],
  ] as const;

  it.each(places)('E14: %s (%s: %s): written in place, what others wrote kept', async (_, step, code) => {
    using directory = temporaryDirectory();
    directory.write('# caf\xe9\nowner=Maria\n');
    chmodSync(directory.file, 0o640);
    const inode = statSync(directory.file).ino;
    const disk = unreplaceable(step, code);
    for (const unique of ['aaa', 'a longer name than that'.replaceAll(' ', '-'), 'b']) {
      expect(await writeRecordFile(directory.file, recordOf(unique), disk)).toEqual({
        type: 'in-place',
        because: code,
      });
      expect(await read(directory.file)).toEqual(recordOf(unique));
      expect(directory.text()).toContain('# caf\xe9\nowner=Maria\n');
    }
    expect(await writeRecordFile(directory.file, recordOf('b'), disk)).toEqual({ type: 'unchanged' });
    expect(statSync(directory.file)).toMatchObject({ ino: inode, size: 512 });
    expect(statSync(directory.file).mode & 0o777).toBe(0o640);
    expect(directory.names()).toEqual(['stream.properties']);
  });

  it.each(places)('E14, E7: %s (%s: %s), and no file yet: an error with a remedy', async (_, step, code) => {
    using directory = temporaryDirectory();
    await expect(
      writeRecordFile(directory.file, recordOf('aaa'), unreplaceable(step, code)),
    ).rejects.toMatchObject({ code: 'RECORD', cause: { code } });
    expect(directory.names()).toEqual([]);
  });

  it('E14, E7: a file that is read-only too stays as it is', async () => {
    using directory = temporaryDirectory();
    await writeRecordFile(directory.file, recordOf('old'), systemDisk);
    const before = directory.text();
    const disk = faultyDisk((step, [, flags]) => {
      if (step !== 'open' || flags === constants.O_RDONLY || (Number(flags) & constants.O_RDWR) === 0) {
        if (flags !== 'wx') return;
      }
      throw Object.assign(new Error('made to fail'), { code: 'EROFS' });
    });
    await expect(writeRecordFile(directory.file, recordOf('new'), disk)).rejects.toMatchObject({
      code: 'RECORD',
      cause: { code: 'EROFS' },
    });
    expect(directory.text()).toBe(before);
  });

  it('E14, E7: a write that stops half way is undone', async () => {
    using directory = temporaryDirectory();
    await writeRecordFile(directory.file, recordOf('old'), systemDisk);
    const before = directory.text();
    let writes = 0;
    const disk = faultyDisk(async (step, [bytes], handle) => {
      if (step === 'rename') throw Object.assign(new Error('made to fail'), { code: 'EBUSY' });
      if (step !== 'handle.write') return;
      writes += 1;
      if (writes > 1) return;
      await (handle as FileHandle).write(bytes as Uint8Array, 0, 40, 0);
      throw Object.assign(new Error('made to fail'), { code: 'ENOSPC' });
    });
    await expect(writeRecordFile(directory.file, recordOf('new'), disk)).rejects.toMatchObject({
      code: 'RECORD',
      cause: { code: 'ENOSPC' },
    });
    expect(directory.text()).toBe(before);
  });

  it('E14: what was exchanged meanwhile is not written into', async () => {
    using directory = temporaryDirectory();
    writeFileSync(directory.at('other'), 'precious');
    await writeRecordFile(directory.file, recordOf('old'), systemDisk);
    const exchange = (how: () => void): Disk =>
      faultyDisk((step) => {
        if (step !== 'rename') return;
        rmSync(directory.file);
        how();
        throw Object.assign(new Error('made to fail'), { code: 'EBUSY' });
      });
    for (const how of [linkSync, symlinkSync]) {
      const disk = exchange(() => how(directory.at('other'), directory.file));
      await expect(writeRecordFile(directory.file, recordOf('new'), disk)).rejects.toMatchObject({
        code: 'RECORD',
      });
      expect(readFileSync(directory.at('other'), 'utf8')).toBe('precious');
      rmSync(directory.file);
      await writeRecordFile(directory.file, recordOf('old'), systemDisk);
    }
  });

  it('E14, E6: readers and two writers at once find one of the records, whole', async () => {
    using directory = temporaryDirectory();
    await writeRecordFile(directory.file, recordOf('aaa'), systemDisk);
    const disk = unreplaceable('rename', 'EBUSY');
    const records = [recordOf('aaa'), { ...recordOf('bbbbbbbbb'), activeRegion: 'sa-saopaulo-1' }];
    let writing = true;
    const writers = records.map(async (record) => {
      for (let nth = 0; nth < 200; nth += 1) await writeRecordFile(directory.file, record, disk);
    });
    const readers = [1, 2].map(async () => {
      let readings = 0;
      for (; writing; readings += 1) expect(records).toContainEqual(await read(directory.file));
      return readings;
    });
    await Promise.all(writers);
    writing = false;
    for (const readings of await Promise.all(readers)) expect(readings).toBeGreaterThan(10);
    expect(records).toContainEqual(await read(directory.file));
  });
});

describe('E15: the encoding of the file', () => {
  const text = rewriteRecord('# café €\nowner=Mar\\u00eda\n', recordOf('aaa'));
  const encodings: [string, Buffer][] = [
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16LE with a byte order mark', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16BE with a byte order mark', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['UTF-16LE', Buffer.from(text, 'utf16le')],
    ['UTF-16BE', Buffer.from(text, 'utf16le').swap16()],
  ];

  it.each(encodings)('E15, E2: %s is read', async (_, bytes) => {
    using directory = temporaryDirectory();
    writeFileSync(directory.file, bytes);
    expect(await read(directory.file)).toEqual(recordOf('aaa'));
  });

  it.each(encodings)(
    'E15, E3: %s is written as latin1, which Java reads, and nothing is lost',
    async (_, bytes) => {
      using directory = temporaryDirectory();
      writeFileSync(directory.file, bytes);
      await writeRecordFile(directory.file, recordOf('bbb'), systemDisk);
      expect(await read(directory.file)).toEqual(recordOf('bbb'));
      expect(directory.text()).toMatch(/^#Secondary stream info/);
      expect(directory.text()).toContain('# caf\xe9 \\u20ac\n');
      expect(loadLikeJava(directory.text())?.get('owner')).toBe('María');
    },
  );

  it('E15: the mark stands before a key: the key is found', async () => {
    using directory = temporaryDirectory();
    writeFileSync(
      directory.file,
      `\uFEFFSECONDARY_STREAM_OCID=${ocidOf('aaa')}\nSECONDARY_STREAM_ENDPOINT=${ENDPOINT}\n`,
    );
    expect((await read(directory.file)).secondary).toEqual(recordOf('aaa').secondary);
  });

  it.each<[string, Buffer, string]>([
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 'is UTF-32'],
    ['zeros, as a power cut leaves them', Buffer.alloc(4_096), 'holds NUL characters'],
    ['a NUL at the end', Buffer.from(`${text}\0`, 'latin1'), 'holds NUL characters'],
    ['half of a UTF-16', Buffer.from('\uFEFFab', 'utf16le').subarray(0, 5), 'is not whole UTF-16LE'],
    [
      'a second mark in between',
      Buffer.from(`a=1\n\uFEFFSECONDARY_STREAM_OCID=${ocidOf('aaa')}\n`),
      ':2: there are invisible characters at SECONDARY_STREAM_OCID',
    ],
    [
      'a hard space before a key',
      Buffer.from(`\xa0ACTIVE_REGION=sa-vinhedo-1\n`, 'latin1'),
      ':1: there are invisible characters at ACTIVE_REGION',
    ],
  ])('E15: %s is refused by name, and not written over', async (_, bytes, problem) => {
    using directory = temporaryDirectory();
    writeFileSync(directory.file, bytes);
    await expect(read(directory.file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(problem) as string,
    });
    if (problem.startsWith(':')) return;
    await expect(writeRecordFile(directory.file, recordOf('bbb'), systemDisk)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(problem) as string,
    });
    expect(readFileSync(directory.file).equals(bytes)).toBe(true);
  });
});

describe('E11: what is no small file', () => {
  const bothSay = (file: string, problem: string): unknown[] =>
    Array<unknown>(2).fill(
      expect.objectContaining({
        code: 'CONFIG',
        message: expect.stringContaining(`${file} ${problem}`) as string,
      }),
    );

  it('E11: a gigabyte is neither read nor replaced', async () => {
    using directory = temporaryDirectory();
    directory.write('');
    truncateSync(directory.file, 2 ** 30);
    expect(await refusalsOf(directory.file)).toEqual(bothSay(directory.file, 'is longer than 65536 bytes'));
    expect(statSync(directory.file).size).toBe(2 ** 30);
  });

  it('E11: 64 KiB is still read, and one byte more is not', async () => {
    using directory = temporaryDirectory();
    directory.write(`a=${'x'.repeat(65_533)}\n`);
    expect(await read(directory.file)).toMatchObject({ secondary: undefined });
    directory.write(`a=${'x'.repeat(65_534)}\n`);
    expect(await refusalsOf(directory.file)).toEqual(bothSay(directory.file, 'is longer than 65536 bytes'));
  });

  it('E11: nothing is written that could not be read back', async () => {
    using directory = temporaryDirectory();
    directory.write(`a=${'x'.repeat(65_500)}\n`);
    await expect(writeRecordFile(directory.file, recordOf('aaa'), systemDisk)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('could not be read back') as string,
    });
  });

  it('E11: a directory', async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file);
    expect(await refusalsOf(directory.file)).toEqual(bothSay(directory.file, 'is a directory'));
  });

  it.skipIf(process.platform === 'win32')('E11: a FIFO that nobody writes to does not block', async () => {
    using directory = temporaryDirectory();
    spawnSync('sh', ['-c', 'mkfifo "$0"', directory.file]);
    expect(await refusalsOf(directory.file)).toEqual(bothSay(directory.file, 'is not a regular file'));
    expect(lstatSync(directory.file).isFIFO()).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('E11: a device', async () => {
    expect(await refusalsOf('/dev/zero')).toEqual(bothSay('/dev/zero', 'is not a regular file'));
  });

  it('E11: a link is followed: its target is replaced, through directories that are links too', async () => {
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

  it('E11: a link to a file that does not exist yet makes the file', async () => {
    using directory = temporaryDirectory();
    symlinkSync(directory.at('later.properties'), directory.file);
    await writeRecordFile(directory.file, recordOf('aaa'), systemDisk);
    expect(lstatSync(directory.file).isSymbolicLink()).toBe(true);
    expect(existsSync(directory.at('later.properties'))).toBe(true);
  });

  it('E11: links in a circle are refused', async () => {
    using directory = temporaryDirectory();
    symlinkSync('stream.properties', directory.file);
    await expect(writeRecordFile(directory.file, recordOf('aaa'), systemDisk)).rejects.toMatchObject({
      code: 'RECORD',
      message: expect.stringContaining('ELOOP') as string,
    });
    await expect(read(directory.file)).rejects.toMatchObject({ code: 'RECORD' });
  });

  it('E11: permissions are kept', async () => {
    using directory = temporaryDirectory();
    directory.write('');
    for (const [nth, mode] of [0o600, 0o664, 0o666].entries()) {
      chmodSync(directory.file, mode);
      expect(await writeRecordFile(directory.file, recordOf(`a${nth}`), systemDisk)).toEqual({
        type: 'replaced',
      });
      expect(statSync(directory.file).mode & 0o7777).toBe(mode);
    }
  });
});

describe('what a write and a read do to the disk', () => {
  async function stepsOf(task: (disk: Disk) => Promise<unknown>): Promise<string[]> {
    const steps: string[] = [];
    const path = (step: string, args: readonly unknown[]): string =>
      step === 'open' || step === 'rename' ? ` ${String(args[0]).split('/').at(-1)}` : '';
    await task(faultyDisk((step, args) => void steps.push(step + path(step, args))));
    return steps;
  }
  const counted = (steps: readonly string[], step: string): number =>
    steps.filter((each) => each.split(' ')[0] === step).length;

  it('E5: the bytes are on the disk before the name is: a power failure leaves no empty record', async () => {
    using directory = temporaryDirectory();
    directory.write('');
    const steps = await stepsOf((disk) => writeRecordFile(directory.file, recordOf('aaa'), disk));
    const written = steps.indexOf('handle.writeFile');
    const renamed = steps.findIndex((step) => step.startsWith('rename'));
    expect(steps.slice(written, renamed)).toEqual(
      expect.arrayContaining(['handle.writeFile', 'handle.chmod', 'handle.sync', 'handle.close']),
    );
    // Then the directory, which holds the name.
    expect(steps.slice(renamed)).toContain('handle.sync');
  });

  it('E7: every file that was opened is closed, also one that cannot be used', async () => {
    using directory = temporaryDirectory();
    directory.write('x');
    const used = [
      (disk: Disk): Promise<unknown> => readRecordFile(directory.file, disk),
      (disk: Disk): Promise<unknown> => writeRecordFile(directory.file, recordOf('aaa'), disk),
      (disk: Disk): Promise<unknown> => readRecordFile(directory.at('.'), disk).catch(() => {}),
    ];
    for (const use of used) {
      const steps = await stepsOf(use);
      expect(counted(steps, 'open')).toBeGreaterThan(0);
      expect(counted(steps, 'handle.close')).toBe(counted(steps, 'open'));
    }
  });

  it.skipIf(process.geteuid?.() !== 0)('E11: where root writes, the owner is kept', async () => {
    using directory = temporaryDirectory();
    directory.write('');
    giveAway(directory.file);
    const { uid, gid } = statSync(directory.file);
    expect(uid).not.toBe(0);
    await writeRecordFile(directory.file, recordOf('aaa'), systemDisk);
    expect(statSync(directory.file)).toMatchObject({ uid, gid });
  });
});

/** What reading and what writing say. */
async function refusalsOf(file: string): Promise<unknown[]> {
  const tries = [readRecordFile(file, systemDisk), writeRecordFile(file, recordOf('aaa'), systemDisk)];
  return (await Promise.allSettled<unknown>(tries)).map((tried) =>
    tried.status === 'rejected' ? tried.reason : 'was not refused',
  );
}
