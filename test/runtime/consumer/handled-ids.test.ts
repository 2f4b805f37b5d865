import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { HandledIds } from '../../../runtime/consumer/handled-ids.ts';
import { RecentHashes } from '../../../runtime/core/index.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let root: string;
let directory: string;
const events: HaEvent[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handled-ids-'));
  directory = join(root, 'ids');
  events.length = 0;
});

afterEach(() => rm(root, { recursive: true, force: true }));

function open(capacity = 1_000, group = 'billing'): Promise<HandledIds> {
  const emit = (event: HaEvent): void => void events.push(event);
  return HandledIds.open({ directory, group, capacity, clock: new VirtualClock(), emit });
}

/** What the next process knows. */
async function remembered(ids: readonly string[], capacity = 1_000): Promise<string[]> {
  const file = await open(capacity);
  const recent = new RecentHashes(10_000);
  file.load(recent);
  await file.close();
  return ids.filter((id) => recent.has(id));
}

async function written(...ids: readonly string[][]): Promise<void> {
  const file = await open();
  for (const each of ids) await file.append(each);
  await file.close();
}

const path = () => join(directory, 'handled-billing.ids');
const named = (count: number): string[] => Array.from({ length: count }, (_, id) => `id-${id}`);

describe('the ids on disk', () => {
  test('INV-3: are known to the next process', async () => {
    await written(['one'], ['two', 'three']);
    expect(await remembered(['one', 'two', 'three', 'four'])).toEqual(['one', 'two', 'three']);
    expect(events).toEqual([]);
  });

  test('INV-3: belong to a group whose name is as long as one may be, and to no other one', async () => {
    const group = 'g'.repeat(254);
    for (const last of ['a', 'b']) {
      const file = await open(1, `${group}${last}`);
      const recent = new RecentHashes(10);
      file.load(recent);
      expect(recent.has('one')).toBe(false);
      await file.append(['one']);
      await file.append(['two']);
      await file.close();
    }
    expect((await readdir(directory)).filter((name) => name.startsWith('handled-'))).toHaveLength(4);
    expect(events).toEqual([]);
  });

  test('INV-3: take two files of the capacity at the most, and the latest ids are kept', async () => {
    const file = await open(100);
    const ids = named(1_000);
    for (let at = 0; at < ids.length; at += 10) await file.append(ids.slice(at, at + 10));
    await file.close();
    const names = await readdir(directory);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
    expect(Math.max(...sizes)).toBeLessThan(110 * 24);
    const known = await remembered(ids, 100);
    expect(known).toEqual(ids.slice(-known.length));
    expect(known.length).toBeGreaterThanOrEqual(100);
    expect(known.length).toBeLessThanOrEqual(200);
  });

  test('INV-3: are as many as the capacity at the least, also one by one and from several processes', async () => {
    const ids = named(202);
    for (const part of [ids.slice(0, 150), ids.slice(150)]) {
      const file = await open(100);
      for (const id of part) await file.append([id]);
      await file.close();
    }
    expect(await remembered(ids, 100)).toEqual(ids.slice(-102));
  });

  test.skipIf(process.platform === 'win32')('INV-8: are hashes, in files of this user alone', async () => {
    await written(['secret-id']);
    expect((await readFile(path())).includes('secret')).toBe(false);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test('E5, INV-3: a record that is cut off anywhere is dropped, those before it count, and others follow', async () => {
    await written(['one'], ['two']);
    const { size } = await stat(path());
    for (let length = size - 1; length >= 0; length -= 3) {
      await written(['one'], ['two']);
      await truncate(path(), length);
      await written(['three']);
      const known = await remembered(['one', 'two', 'three']);
      expect(known).toContain('three');
      await rm(directory, { recursive: true });
    }
    expect(events).toEqual([]);
  });

  test('F7, INV-3: a damaged file is set aside with a warning, and what is readable of it counts', async () => {
    await written(['one'], ['two'], ['three']);
    const bytes = await readFile(path());
    bytes[bytes.length - 24 - 8] = bytes[bytes.length - 24 - 8]! ^ 1;
    await writeFile(path(), bytes);
    expect(await remembered(['one', 'two', 'three'])).toEqual(['one']);
    expect(events).toMatchObject([
      {
        code: 'ids-damaged',
        message: expect.stringMatching(/damaged: .* renamed to .*\. 1 ids could be read/),
      },
    ]);
    expect((await readdir(directory)).some((name) => name.includes('.damaged-'))).toBe(true);
    await written(['four']);
    expect(await remembered(['one', 'four'])).toEqual(['one', 'four']);
  });

  test.each([
    ['no ids', 0],
    ['more ids than a record holds, which is no end that is cut off', 10_001],
  ])('F7: so is a record of %s', async (_, count) => {
    await written(['one'], ['two']);
    const bytes = await readFile(path());
    const second = bytes.byteLength - 24;
    bytes.writeUInt32LE(count, second);
    await writeFile(path(), bytes);
    expect(await remembered(['one', 'two'])).toEqual(['one']);
    expect(events).toMatchObject([{ code: 'ids-damaged' }]);
  });

  test('INV-3: as many as one append can hold are known, whatever the records hold', async () => {
    const ids = named(20_001);
    const file = await open(30_000);
    await file.append(ids);
    await file.close();
    const again = await open(30_000);
    const recent = new RecentHashes(30_000);
    again.load(recent);
    await again.close();
    expect(ids.filter((id) => !recent.has(id))).toEqual([]);
    expect(events).toEqual([]);
  });

  test('E5, INV-3: ids that cannot be written are a warning, once, and the next ones are written again', async () => {
    const older = `${path()}.older`;
    const free = () => rm(older, { recursive: true, force: true });
    // A directory is where the full file has to go.
    const block = async () => {
      await free();
      await mkdir(join(older, 'in the way'), { recursive: true });
    };
    const file = await open(1);
    await file.append(['one']);
    await block();
    for (const id of ['two', 'three']) await file.append([id]);
    expect(events).toMatchObject([
      {
        code: 'ids-not-written',
        message: expect.stringMatching(/cannot be written to .*: after a restart copies may be delivered/),
      },
    ]);
    await free();
    await file.append(['four']);
    await block();
    await file.append(['five']);
    expect(events).toHaveLength(2);
    await file.close();
    await free();
    expect(await remembered(['one', 'two', 'three', 'four', 'five'])).toEqual(['four']);
  });

  test('INV-3, I1: the close waits for what was appended before it', async () => {
    const file = await open();
    const appended = [file.append(['one']), file.append(['two', 'three'])];
    await file.close();
    expect(await remembered(['one', 'two', 'three'])).toEqual(['one', 'two', 'three']);
    await Promise.all(appended);
  });

  test('I1: what is appended after the close is not written, and is no error', async () => {
    const file = await open();
    await file.close();
    await file.append(['late']);
    expect(await remembered(['late'])).toEqual([]);
    expect(events).toEqual([]);
  });

  test('E17, F8: a file that cannot be read is told at the start, and the directory is free again', async () => {
    await mkdir(path(), { recursive: true });
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/^`dedupeDirectory` .*ids: /),
    });
    await rm(path(), { recursive: true });
    await written(['one']);
  });

  test('E17: so is an older file that cannot be read: copies of what is in it would be delivered', async () => {
    await mkdir(`${path()}.older`, { recursive: true });
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/\.ids\.older is a directory, not a file: remove it/) as string,
    });
  });

  test('INV-3: what was there before a write that failed is known', async () => {
    await written(['one'], ['two']);
    const file = await open(1);
    await mkdir(join(`${path()}.older`, 'in the way'), { recursive: true });
    await file.append(['three']);
    expect(events).toMatchObject([{ code: 'ids-not-written' }]);
    await file.close();
    await rm(`${path()}.older`, { recursive: true });
    expect(await remembered(['one', 'two', 'three'])).toEqual(['one', 'two']);
  });

  test('F7: so is a file of something else', async () => {
    await written();
    await writeFile(path(), 'not these ids');
    expect(await remembered(['one'])).toEqual([]);
    expect(events).toMatchObject([{ code: 'ids-damaged' }]);
  });

  test
    .skipIf(process.platform === 'win32')
    .each([
      'lock',
      'holder.json',
      'handled-billing.ids',
      'handled-billing.ids.older',
      'handled-billing.ids.next',
    ])('F8, I6: a pipe in place of %s is named: to open one can take for ever', async (name) => {
    await written();
    await rm(join(directory, name), { force: true });
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(directory, name)]);
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(new RegExp(`/${name} is a pipe or a device, not a file: remove it\\.$`)),
    });
  });

  test('F8: a directory belongs to one process', async () => {
    const file = await open();
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(
        /^`dedupeDirectory` \S+ is used by .*: give each consumer a directory of its own\.$/,
      ),
    });
    await file.close();
    await written(['one']);
  });

  test('E17: a directory that cannot be made is told with its reason', async () => {
    directory = join(root, 'absent', 'ids');
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('the directory above it does not exist'),
    });
  });
});
