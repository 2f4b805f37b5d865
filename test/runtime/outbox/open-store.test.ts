import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

import { describe, expect, it, onTestFinished } from 'vitest';

import { holderOf } from '../../../runtime/outbox/directory-lock.ts';
import { diskProblem, openingProblem } from '../../../runtime/outbox/disk-problem.ts';
import { openStore } from '../../../runtime/outbox/open-store.ts';
import type { OutboxStore, StoreNews } from '../../../runtime/outbox/outbox-store.ts';
import { damage, ownDirectory, placeOf, sequencesOf, valueOf } from './disk.ts';
import { rowsFrom } from './rows.ts';

const HOLD_OUTBOX = fileURLToPath(new URL('hold-outbox.ts', import.meta.url));
const PAGE = { messages: 1_000, bytes: 4_194_304 };

async function open(
  directory: string,
  take: 'own' | 'exclusive' = 'own',
): Promise<{ store: OutboxStore; slot: string; news: StoreNews[] }> {
  const news: StoreNews[] = [];
  const opened = await openStore({ directory, take }, (each) => news.push(each));
  if (opened === undefined) throw new Error('no slot');
  onTestFinished(() => opened.store.close());
  return { store: opened.store, slot: opened.directory, news };
}

interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The arguments that follow are another Node and its program; this one runs the program. */
const RUN_THE_REST = 'process.argv.splice(1, 1); import(process.argv[1])';

/** Another process that has an outbox; gives its lines one by one. */
function hold(args: readonly string[], before: readonly string[] = []) {
  const [program = process.execPath, ...rest] = [...before, process.execPath, HOLD_OUTBOX, ...args];
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const until = async (type: string): Promise<Line> => {
    for (;;) {
      const { value, done } = (await lines.next()) as { value: string; done?: boolean };
      if (done === true) throw new Error(`it ended without ${type}: ${stderr}`);
      const line = JSON.parse(value) as Line;
      if (line.type === type) return line;
    }
  };
  return { child, until, stderr: () => stderr, say: (text: string) => child.stdin.write(`${text}\n`) };
}

describe('a store in its thread', () => {
  it('keeps what it has answered for, and gives it back to the next one', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const first = await open(directory);
    const [one, two] = await Promise.all([
      first.store.append(rowsFrom(1, 500)),
      first.store.append(rowsFrom(501, 500)),
    ]);
    expect([valueOf(one).messages, valueOf(two).messages]).toEqual([500, 1_000]);
    valueOf(await first.store.remove([1, 2, 3]));
    await first.store.close();
    const second = await open(directory);
    expect(second.store.found).toMatchObject({ messages: 997, lastSequence: 1_000 });
    expect(sequencesOf(valueOf(await second.store.read(0, PAGE)))).toHaveLength(997);
  });

  it('gives the space of a large file back to the disk once nothing is left in it', async () => {
    const { store, slot } = await open(join(ownDirectory(), 'outbox'));
    const size = (): number => statSync(join(slot, 'messages-1.db')).size;
    valueOf(await store.append(rowsFrom(1, 2_000, 12_000)));
    valueOf(await store.remove(sequencesOf(rowsFrom(1, 1_999))));
    expect(size()).toBeGreaterThan(20_000_000);
    valueOf(await store.remove([2_000]));
    await store.close();
    expect(size()).toBeLessThan(200_000);
  });

  it('and when the last message is set aside', async () => {
    const { store, slot } = await open(join(ownDirectory(), 'outbox'));
    valueOf(await store.append(rowsFrom(1, 2_000, 12_000)));
    valueOf(await store.setAside(sequencesOf(rowsFrom(1, 2_000)), 'too old'));
    await store.close();
    expect(statSync(join(slot, 'messages-1.db')).size).toBeLessThan(200_000);
  });

  it('whatever kind of program its process says that it runs', () => {
    const openStore = new URL('../../../runtime/outbox/open-store.ts', import.meta.url).href;
    const start = JSON.stringify({ directory: join(ownDirectory(), 'outbox'), take: 'own' });
    const program = `
      import { openStore } from '${openStore}';
      const { store } = await openStore(${start}, () => {});
      await store.close();
      console.log('closed');`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
    expect([String(stdout), String(stderr)]).toEqual(['closed\n', '']);
  });

  it('answers what is asked of it after its close', async () => {
    const { store } = await open(join(ownDirectory(), 'outbox'));
    const asked = store.append(rowsFrom(1, 10));
    await store.close();
    expect((await asked).type).toBe('done');
    expect((await store.append(rowsFrom(11, 10))).type).toBe('stopped');
    await store.close();
  });

  it('F7: reads on when damage is found, in order, while new messages are taken', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const first = await open(directory);
    for (let from = 1; from < 5_000; from += 1_000) valueOf(await first.store.append(rowsFrom(from, 1_000)));
    await first.store.close();
    const file = join(first.slot, 'messages-1.db');
    damage(file, placeOf(file, 'message 4000 '), 1);
    const { store, news } = await open(directory);
    const found: number[] = [];
    for (let after = 0; ;) {
      const page = sequencesOf(valueOf(await store.read(after, PAGE)));
      const last = page.at(-1);
      if (last === undefined) break;
      found.push(...page);
      after = last;
      if (after === 3_000) valueOf(await store.append(rowsFrom(5_001, 10)));
    }
    const all = sequencesOf(rowsFrom(1, 5_010));
    expect(found).toEqual(all.filter((sequence) => sequence !== 4_000));
    expect(news).toMatchObject([
      { type: 'damaged' },
      { type: 'recovered', missing: 1, totals: { messages: 5_009 } },
    ]);
  });
});

describe('F7: a lock that something else has written to', () => {
  it('F7, F4: keeps nobody from the messages that ended processes left', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const first = await open(directory);
    valueOf(await first.store.append(rowsFrom(1, 5)));
    await first.store.close();
    writeFileSync(join(first.slot, 'lock'), 'x'.repeat(3_000));
    expect(holderOf(first.slot)).toBeUndefined();
    const second = await open(directory);
    expect(second.slot).toBe(first.slot);
    expect(second.store.found).toMatchObject({ messages: 5 });
  });

  it('F8: keeps nobody else out while it is held', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const other = hold([directory, 'exclusive']);
    await other.until('written');
    writeFileSync(join(directory, '0', 'lock'), 'x'.repeat(3_000));
    await expect(open(directory, 'exclusive')).rejects.toThrow(`is used by process ${other.child.pid} since`);
  });
});

describe('F8: a directory that another process has', () => {
  it('F8: is refused to one that names it, with the process and since when', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const other = hold([directory, 'exclusive']);
    await other.until('written');
    await expect(open(directory, 'exclusive')).rejects.toThrow(
      new RegExp(`is used by process ${other.child.pid} since \\d{4}-\\d{2}-\\d{2}T`),
    );
    expect(holderOf(join(directory, '0'))).toMatchObject({ pid: other.child.pid });
  });

  it('F8: is refused to a second producer of the same process', async () => {
    const directory = join(ownDirectory(), 'outbox');
    await open(directory, 'exclusive');
    await expect(open(directory, 'exclusive')).rejects.toThrow(`is used by process ${process.pid} since`);
  });

  it('F8: stays refused to other processes when a second producer of this one was refused', async () => {
    const directory = join(ownDirectory(), 'outbox');
    await open(directory, 'exclusive');
    await expect(open(directory, 'exclusive')).rejects.toThrow('is used by');
    expect((await hold([directory, 'exclusive']).until('refused'))['message']).toContain(
      `is used by process ${process.pid}`,
    );
  });

  it('F8: is free at once when that process is killed, with its messages', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const other = hold([directory, 'exclusive', '1000']);
    await other.until('written');
    const ended = new Promise((resolve) => other.child.once('exit', resolve));
    other.child.kill('SIGKILL');
    await ended;
    const { store } = await open(directory, 'exclusive');
    expect(store.found.messages).toBe(1_000);
  });

  it('F8: is shared when nobody named it: each takes a slot, and messages that were left are taken first', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const first = await open(directory);
    const second = await open(directory);
    expect([first.slot, second.slot]).toEqual([join(directory, '0'), join(directory, '1')]);
    valueOf(await second.store.append(rowsFrom(1, 10)));
    await first.store.close();
    await second.store.close();
    expect((await open(directory)).slot).toBe(join(directory, '1'));
    expect((await open(directory)).slot).toBe(join(directory, '0'));
    expect(await openStore({ directory, take: 'left' }, () => {})).toBeUndefined();
  });

  it('F3, F8: messages that can be read come before a slot that cannot, as an empty one on a full disk', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const [first, second] = [await open(directory), await open(directory)];
    valueOf(await second.store.append(rowsFrom(1, 3)));
    await Promise.all([first.store.close(), second.store.close()]);
    writeFileSync(join(first.slot, 'messages-1.db'), 'nothing that can be read'.repeat(1_000));
    const third = await open(directory);
    expect([third.slot, third.store.found.messages]).toEqual([second.slot, 3]);
  });

  it('F7, F8: a slot that cannot be used keeps no other one from being sent, and is named when nothing else is left', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const opened = [await open(directory), await open(directory), await open(directory)];
    for (const { store } of opened.slice(1)) {
      valueOf(await store.append(rowsFrom(1, 3)));
      await store.close();
    }
    const [, newer, good] = opened.map(({ slot }) => slot);
    const file = new DatabaseSync(join(newer!, 'messages-1.db'));
    file.exec('PRAGMA user_version = 3');
    file.close();
    const left = await openStore({ directory, take: 'left' }, () => {});
    expect(left).toMatchObject({ directory: good, store: { found: { messages: 3 } } });
    valueOf(await left!.store.remove(sequencesOf(rowsFrom(1, 3))));
    await left!.store.close();
    await expect(openStore({ directory, take: 'left' }, () => {})).rejects.toThrow(
      `${newer} cannot be used: a newer version`,
    );
  });

  it('I14: nothing is left in an outbox that somebody removed', async () => {
    const directory = join(ownDirectory(), 'outbox');
    expect(await openStore({ directory, take: 'left' }, () => {})).toBeUndefined();
  });

  it('F8: what ended processes left is found, slot by slot', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const opened = [await open(directory), await open(directory), await open(directory)];
    for (const [index, { store }] of opened.entries()) {
      if (index > 0) valueOf(await store.append(rowsFrom(1, 10 * index)));
      await store.close();
    }
    const [left, next] = [
      await openStore({ directory, take: 'left' }, () => {}),
      await openStore({ directory, take: 'left' }, () => {}),
    ];
    expect([left?.store.found.messages, next?.store.found.messages]).toEqual([10, 20]);
    await left?.store.close();
    await next?.store.close();
  });

  it('F8: no thread is started to look for what others left where there is no slot of another', async () => {
    const directory = join(ownDirectory(), 'outbox');
    await open(directory);
    let threads = 0;
    const count = (): void => void threads++;
    process.on('worker', count);
    try {
      expect(await openStore({ directory, take: 'left' }, () => {})).toBeUndefined();
      expect(threads).toBe(0);
      await open(directory);
      expect(await openStore({ directory, take: 'left' }, () => {})).toBeUndefined();
      expect(threads).toBe(2);
    } finally {
      process.off('worker', count);
    }
  });

  it('F8: thirty that start at the same instant each take a slot of their own', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const opened = await Promise.all(Array.from({ length: 30 }, () => open(directory)));
    expect(new Set(opened.map(({ slot }) => slot)).size).toBe(30);
    expect(readdirSync(directory)).toHaveLength(30);
  });
});

describe('a place that cannot be used is refused in one sentence', () => {
  const isRoot = process.getuid?.() === 0;

  it('where the directory above it does not exist', async () => {
    const directory = join(ownDirectory(), 'missing', 'outbox');
    await expect(open(directory)).rejects.toThrow(
      `The outbox ${directory} cannot be used: the directory above it does not exist: make it, or name another one.`,
    );
  });

  it('that is a file', async () => {
    const file = join(ownDirectory(), 'outbox');
    writeFileSync(file, '');
    await expect(open(file)).rejects.toThrow('it is not a directory');
  });

  it.skipIf(isRoot)('that is read-only', async () => {
    const directory = join(ownDirectory(), 'outbox');
    mkdirSync(directory);
    chmodSync(directory, 0o500);
    await expect(open(directory)).rejects.toThrow('this user may not read or write there');
  });

  it.skipIf(isRoot)('with a file that is read-only: what is sent could not be removed', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const first = await open(directory);
    await first.store.close();
    chmodSync(join(first.slot, 'messages-1.db'), 0o400);
    await expect(open(directory)).rejects.toThrow('this user may not read or write there');
  });

  it('of a newer version, which is left as it is', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const first = await open(directory);
    await first.store.close();
    spawnSync(process.execPath, [
      '-e',
      `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(join(first.slot, 'messages-1.db'))}).exec('PRAGMA user_version = 9')`,
    ]);
    await expect(open(directory)).rejects.toThrow(
      'a newer version of this program wrote it (format 9, this version knows 2); use that one.',
    );
  });

  it('and one that can is made for its owner only', async () => {
    const directory = join(ownDirectory(), 'outbox');
    const { slot } = await open(directory);
    expect([directory, slot].map((place) => statSync(place).mode & 0o777)).toEqual([0o700, 0o700]);
  });
});

/** A file system of a few MiB that is this test's own, without rights of the machine. */
const SMALL_DISK = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'];
const canMount =
  spawnSync(SMALL_DISK[0] ?? '', [...SMALL_DISK.slice(1), 'mount -t tmpfs none /mnt']).status === 0;

describe.skipIf(!canMount)('F3: a disk that is full', () => {
  function holdOnSmallDisk(mebibytes: number, args: string): ReturnType<typeof hold> {
    const directory = ownDirectory();
    const script = `mount -t tmpfs -o size=${mebibytes}m none ${directory} && exec "$0" "$1" ${directory}/outbox ${args}`;
    return hold([], [...SMALL_DISK, script]);
  }

  it('F3: otel-collector #7198: refuses more, and messages can be removed, and written again', async () => {
    const other = holdOnSmallDisk(40, 'exclusive 1000000 1000');
    await other.until('opened');
    expect(await other.until('full')).toMatchObject({ because: 'the disk is full' });
    const { to } = await other.until('written');
    expect(to).toBeGreaterThan(10_000);
    other.say('remove-all');
    expect(await other.until('removed')).toMatchObject({ left: 0 });
    expect(await other.until('done')).toMatchObject({ value: { messages: 100 } });
  });

  it('F3: otel-collector #7198: gives the next process what is on it, though not a byte is free', async () => {
    const directory = ownDirectory();
    const outbox = `"$0" "$1" ${directory}/outbox exclusive`;
    const fill = `dd if=/dev/zero of=${directory}/ballast bs=4k 2>/dev/null`;
    const script = `mount -t tmpfs -o size=12m none ${directory} && ${outbox} 1000000 1000 </dev/null; ${fill}; exec ${outbox}`;
    const both = hold([], [...SMALL_DISK, script]);
    const { to } = await both.until('written');
    await both.until('closed');
    expect(await both.until('opened')).toMatchObject({ found: { messages: to } });
    both.say('remove-all');
    expect(await both.until('removed')).toMatchObject({ left: 0 });
  });

  it('F3: is known by the error of SQLite when a log finds no room for its shared memory', () => {
    const error = Object.assign(new Error('disk I/O error'), { errcode: 4_874 });
    expect([diskProblem(error), openingProblem(error)]).toEqual(['full', 'the disk is full']);
  });

  it('F3: is said at the start when nothing fits on it', async () => {
    const directory = ownDirectory();
    const script = `mount -t tmpfs -o size=1m none ${directory} && dd if=/dev/zero of=${directory}/ballast bs=4k 2>/dev/null; exec "$0" "$1" ${directory}/outbox exclusive`;
    const other = hold([], [...SMALL_DISK, script]);
    expect((await other.until('refused'))['message']).toContain('cannot be used: the disk is full');
  });
});

describe('a file that cannot be written', () => {
  it('stops the outbox: the limit of the system for files is an error of the disk', async () => {
    const directory = join(ownDirectory(), 'outbox');
    // Blocks of 512 bytes.
    const other = hold(
      [],
      ['sh', '-c', `ulimit -f 20000; exec "$0" "$1" ${directory} exclusive 100000 1000`],
    );
    expect((await other.until('stopped'))['because']).toMatch(/disk I\/O error/);
    const { to } = await other.until('written');
    expect(to).toBeGreaterThan(1_000);
    other.child.kill('SIGKILL');
    const { store } = await open(directory);
    expect(store.found.messages).toBe(to);
  });
});

it('a process that is killed at any moment of writing has lost nothing of what was answered for', async () => {
  const directory = join(ownDirectory(), 'outbox');
  for (let round = 0; round < 5; round++) {
    const other = hold([directory, 'own', '1000000']);
    await other.until('opened');
    await new Promise((resolve) => other.child.stdout.once('close', resolve).destroy());
    const ended = new Promise((resolve) => other.child.once('exit', resolve));
    other.child.kill('SIGKILL');
    await ended;
  }
  const { store } = await open(directory);
  const found: number[] = [];
  for (let after = 0; ;) {
    const page = sequencesOf(valueOf(await store.read(after, PAGE)));
    if (page.length === 0) break;
    found.push(...page);
    after = page.at(-1) ?? after;
  }
  expect(found).toEqual(Array.from({ length: found.length }, (_, index) => index + 1));
  expect(found).toHaveLength(store.found.messages);
});

it.each(['left', 'exclusive'])('a process ends that found no store to take (%s)', async (take) => {
  const directory = join(ownDirectory(), 'outbox');
  await open(directory);
  await open(directory);
  const other = hold([directory, take]);
  const ended = new Promise((resolve) => other.child.once('exit', resolve));
  await other.until(take === 'left' ? 'none-left' : 'refused');
  expect(await ended).toBe(0);
});

it('fluent-bit #5166: a process that finds 120 MB on disk begins to send them, and grows by a fraction of that', async () => {
  const directory = join(ownDirectory(), 'outbox');
  const first = hold([directory, 'exclusive', '60000', '2000', '2000']);
  await first.until('written');
  first.say('end');
  await first.until('closed');
  const second = hold([directory, 'exclusive']);
  expect(await second.until('opened')).toMatchObject({ found: { messages: 60_000 } });
  second.say('begin-to-drain');
  const { read, grewBy } = await second.until('drains');
  expect(read).toBeGreaterThanOrEqual(20_000);
  expect(grewBy).toBeLessThan(64 * 1_048_576);
});

const node22 = process.env['NODE_22'] ?? '';

it.skipIf(!existsSync(node22))('Node 22.18 does not warn of an experimental feature', async () => {
  const other = hold([join(ownDirectory(), 'outbox')], [node22, '-e', RUN_THE_REST, '--']);
  await other.until('written');
  other.say('end');
  await other.until('closed');
  expect(other.stderr()).toBe('');
});
