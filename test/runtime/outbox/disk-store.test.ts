import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { hashOf } from '../../../runtime/core/index.ts';
import { MessageFile } from '../../../runtime/outbox/message-file.ts';
import { ROW_OVERHEAD_BYTES, type OutboxRow } from '../../../runtime/outbox/outbox-store.ts';
import { cases } from '../../support/cases.ts';
import {
  allRows,
  damage,
  openDiskStore,
  ownDirectory,
  placeOf,
  RowStore,
  sequencesOf,
  sizeOf,
  valueOf,
} from './disk.ts';
import { madeOf, rowOf, rowsFrom } from './rows.ts';

const PAGE = { messages: 100, bytes: 1_048_576 };
const COST = 100 + 5 + ROW_OVERHEAD_BYTES;

describe('what is written', () => {
  it('is read back in order of sequence, byte for byte, also when an earlier message is written later', () => {
    const { store } = openDiskStore(ownDirectory());
    const rows = rowsFrom(1, 20);
    valueOf(store.appendRows(rows.slice(10)));
    valueOf(store.appendRows(rows.slice(0, 10)));
    expect(allRows(store)).toEqual(rows);
    expect(sequencesOf(valueOf(store.rows(15, PAGE)))).toEqual([16, 17, 18, 19, 20]);
  });

  it('is there after the process has ended without closing', () => {
    const directory = ownDirectory();
    const crashed = openDiskStore(directory);
    valueOf(crashed.store.appendRows(rowsFrom(1, 50)));
    const copy = copyOf(directory);
    const { store } = openDiskStore(copy);
    expect(sequencesOf(allRows(store))).toEqual(sequencesOf(rowsFrom(1, 50)));
    expect(store.lastSequence).toBe(50);
  });

  it('is passed over when it is there already: a crash after the write can repeat it', () => {
    const { store } = openDiskStore(ownDirectory());
    valueOf(store.appendRows(rowsFrom(1, 10)));
    expect(valueOf(store.appendRows(rowsFrom(5, 10))).messages).toBe(14);
  });

  it('F8: is never passed over for a message of another process, also for one that it removed', () => {
    const directory = ownDirectory();
    const [first, second] = [openDiskStore(directory), openDiskStore(directory)];
    valueOf(first.store.appendRows(rowsFrom(1, 3)));
    valueOf(first.store.removeRows([2]));
    const others = rowsFrom(1, 3, 20).map((row) => ({ ...row, acceptedAt: row.acceptedAt + 1 }));
    for (const row of others) {
      const { store } = openDiskStore(directory);
      const because = `another process has written message ${row.sequence} into it: its file lock was removed while it was in use`;
      expect(store.appendRows([row])).toEqual({ type: 'stopped', because });
    }
    expect(second.store.appendRows(others).type).toBe('stopped');
    expect(sequencesOf(allRows(first.store))).toEqual([1, 3]);
  });

  it('fills a page up to its limits, and gives one message in any case', () => {
    const { store } = openDiskStore(ownDirectory());
    valueOf(store.appendRows(rowsFrom(1, 100, 1_000)));
    expect(valueOf(store.rows(0, { messages: 7, bytes: 1_048_576 }))).toHaveLength(7);
    expect(valueOf(store.rows(0, { messages: 100, bytes: 3_300 }))).toHaveLength(3);
    expect(valueOf(store.rows(0, { messages: 100, bytes: 1 }))).toHaveLength(1);
  });

  it('takes values of 1 MiB, keys of 256 bytes and empty ones', () => {
    const directory = ownDirectory();
    const rows = [
      madeOf(1, Buffer.alloc(256, 1), Buffer.alloc(1_048_576, 2)),
      madeOf(2, Buffer.alloc(0), Buffer.alloc(0)),
    ];
    {
      using opened = openDiskStore(directory);
      valueOf(opened.store.appendRows(rows));
    }
    expect(allRows(openDiskStore(directory).store)).toEqual(rows);
  });

  it('shares segments with what is next to it, and keeps its place between what was written before', () => {
    const { store } = openDiskStore(ownDirectory());
    const odd = rowsFrom(1, 99).filter(({ sequence }) => sequence % 2 === 1);
    const even = rowsFrom(1, 99).filter(({ sequence }) => sequence % 2 === 0);
    valueOf(store.appendRows(odd.toReversed()));
    valueOf(store.appendRows(even));
    expect(allRows(store)).toEqual(rowsFrom(1, 99));
    expect(valueOf(store.read(0, PAGE))).toHaveLength(99);
    valueOf(store.removeRows(sequencesOf(even)));
    expect(allRows(store)).toEqual(odd);
  });

  it('gives the hashes of keys in pages, without those of keyless messages', () => {
    const { store } = openDiskStore(ownDirectory());
    valueOf(store.appendRows(rowsFrom(1, 5)));
    valueOf(store.appendRows(rowsFrom(6, 5)));
    const first = valueOf(store.keys(0, 5));
    expect([...first.sequences]).toEqual([1, 2, 3, 5]);
    expect(first.hashes[0]).toBe(hashOf(Buffer.from('key-1').toString('base64')) & 0x7f_ff_ff_ff);
    expect(valueOf(store.keys(first.after ?? -1, 50)).after).toBeUndefined();
  });
});

describe('what no region will take', () => {
  const failedIn = (directory: string): number[] =>
    readFileSync(join(directory, 'failed.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { sequence: number }).sequence);

  it('goes from the messages into the failed ones, whichever they are and whatever is gone already', () => {
    const sequences = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 30 });
    fc.assert(
      fc.property(sequences, sequences, sequences, (missing, removed, refused) => {
        const directory = mkdtempSync(join(ownDirectory(), 'x-'));
        using opened = openDiskStore(directory);
        const { store } = opened;
        const rows = rowsFrom(1, 60).filter(({ sequence }) => !missing.includes(sequence));
        valueOf(store.appendRows(rows));
        valueOf(store.removeRows(removed));
        const before = sequencesOf(rows).filter((sequence) => !removed.includes(sequence));
        valueOf(store.setAside(Float64Array.from(refused), 'too old'));
        expect(failedIn(directory)).toEqual(before.filter((sequence) => refused.includes(sequence)));
        expect(sequencesOf(allRows(store))).toEqual(before.filter((sequence) => !refused.includes(sequence)));
      }),
      { numRuns: cases(200, 20) },
    );
  });

  it('is read once for each segment: a backlog of a day can be too old as a whole', () => {
    const { store } = openDiskStore(ownDirectory());
    const rows = rowsFrom(1, 1_000, 10);
    valueOf(store.appendRows(rows));
    using get = vi.spyOn(StatementSync.prototype, 'get');
    valueOf(store.setAside(Float64Array.from(sequencesOf(rows)), 'too old'));
    expect(get.mock.calls.length).toBeLessThan(10);
    expect(store.totals.messages).toBe(0);
  });
});

describe('how much there is', () => {
  it('fluent-bit #3060: is right after a restart, not counted from 0', () => {
    const directory = ownDirectory();
    {
      using opened = openDiskStore(directory);
      valueOf(opened.store.appendRows(rowsFrom(1, 40).filter(({ key }) => key !== null)));
      valueOf(opened.store.removeRows([1, 2, 3]));
    }
    expect(openDiskStore(directory).store.totals).toEqual({ messages: 27, bytes: 27 * COST });
  });

  it('is right when a segment is removed in parts, in several processes, and what is removed stays so', () => {
    const directory = ownDirectory();
    const rows = rowsFrom(1, 40, 200);
    {
      using opened = openDiskStore(directory);
      valueOf(opened.store.appendRows(rows));
      valueOf(opened.store.removeRows([2, 3, 39]));
    }
    {
      using opened = openDiskStore(directory);
      valueOf(opened.store.removeRows([1, 3, 5]));
      const left = rows.filter(({ sequence }) => ![1, 2, 3, 5, 39].includes(sequence));
      expect(allRows(opened.store)).toEqual(left);
      const bytes = left.reduce((sum, row) => sum + row.bytes + ROW_OVERHEAD_BYTES, 0);
      expect(opened.store.totals).toEqual({ messages: 35, bytes });
      verify(join(directory, 'messages-1.db'));
      valueOf(opened.store.removeRows(sequencesOf(rows)));
    }
    const { store } = openDiskStore(directory);
    expect(store.totals).toEqual({ messages: 0, bytes: 0 });
    expect(allRows(store)).toEqual([]);
  });

  it('counts a message that is removed twice once', () => {
    const { store } = openDiskStore(ownDirectory());
    valueOf(store.appendRows(rowsFrom(1, 3)));
    valueOf(store.removeRows([2]));
    expect(valueOf(store.removeRows([2, 3, 99])).messages).toBe(1);
  });

  it('otel-collector #8115: no message stays that was removed, in any order', () => {
    const order = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(order, fc.integer({ min: 1, max: 9 }), (sequences, step) => {
        const directory = ownDirectory();
        const { store } = openDiskStore(directory);
        valueOf(store.appendRows(rowsFrom(1, 60)));
        for (let at = 0; at < 60; at += step) valueOf(store.removeRows(sequences.slice(at, at + step)));
        expect(allRows(store)).toEqual([]);
        expect(store.totals).toEqual({ messages: 0, bytes: 0 });
        store.close();
      }),
      { numRuns: 20 },
    );
  });

  it('uses the space of removed messages again', () => {
    const directory = ownDirectory();
    const { store } = openDiskStore(directory);
    const file = join(directory, 'messages-1.db');
    let sequence = 1;
    const round = (): void => {
      valueOf(store.appendRows(rowsFrom(sequence, 500, 1_000)));
      valueOf(store.removeRows(sequencesOf(rowsFrom(sequence, 500))));
      sequence += 500;
    };
    for (let count = 0; count < 12; count++) round();
    const size = sizeOf(file);
    for (let count = 0; count < 30; count++) round();
    expect(sizeOf(file)).toBeLessThan(size * 1.5);
  });

  it('gives a large file back to the disk once it is empty', () => {
    const directory = ownDirectory();
    const { store } = openDiskStore(directory);
    for (let from = 1; from <= 2_000; from += 500) valueOf(store.appendRows(rowsFrom(from, 500, 12_000)));
    expect(sizeOf(join(directory, 'messages-1.db'))).toBeGreaterThan(20_000_000);
    valueOf(store.removeRows(Array.from({ length: 1_999 }, (_, index) => index + 1)));
    store.shrinkWhenEmpty();
    expect(sizeOf(join(directory, 'messages-1.db'))).toBeGreaterThan(20_000_000);
    valueOf(store.removeRows([2_000]));
    store.shrinkWhenEmpty();
    expect(sizeOf(join(directory, 'messages-1.db'))).toBeLessThan(200_000);
  });
});

describe('F7: a damaged file', () => {
  /** 300 messages in several pages, closed properly. */
  function filled(valueBytes = 1_000): { directory: string; file: string } {
    const directory = ownDirectory();
    using opened = openDiskStore(directory);
    valueOf(opened.store.appendRows(rowsFrom(1, 300, valueBytes)));
    return { directory, file: join(directory, 'messages-1.db') };
  }

  it('F7: is set aside under another name, what is readable is recovered in order, and it is told how many are not', () => {
    const { directory, file } = filled();
    damage(file, placeOf(file, 'message 150 '), 1);
    const { store, news } = openDiskStore(directory);
    const found = sequencesOf(allRows(store));
    expect(found).toEqual(sequencesOf(rowsFrom(1, 300)).filter((sequence) => sequence !== 150));
    expect(news).toMatchObject([
      { type: 'damaged', file, because: 'messages 123 to 244 are not as they were written' },
      { type: 'recovered', messages: 299, missing: 1, totals: { messages: 299 } },
    ]);
    expect(
      readdirSync(directory)
        .filter((name) => name.endsWith('.db'))
        .toSorted(),
    ).toEqual(['damaged-2027-01-15T08-00-00-000Z.db', 'messages-2.db']);
  });

  it.each([
    ['header', 0, 100],
    ['first page', 0, 16_384],
    ['ninth page', 16_384 * 8, 16_384],
  ])('F7: whose %s is overwritten gives what is in the others', (_, at, length) => {
    const { directory, file } = filled();
    damage(file, at, length);
    const { store } = openDiskStore(directory);
    expect(allRows(store).length).toBeGreaterThanOrEqual(280);
  });

  it('F7: gives messages of segments whose leaf is lost, but no removed ones', () => {
    const directory = ownDirectory();
    const file = join(directory, 'messages-1.db');
    {
      using opened = openDiskStore(directory);
      for (let from = 1; from <= 2_000; from += 100)
        valueOf(opened.store.appendRows(rowsFrom(from, 100, 1_000)));
      valueOf(opened.store.removeRows(sequencesOf(rowsFrom(1_001, 50))));
    }
    // It has the beginning of some segments.
    const leaf = leavesOf(file).at(5)!;
    damage(file, leaf, 16_384);
    const { store, news } = openDiskStore(directory);
    const found = sequencesOf(allRows(store));
    expect(found.length).toBeGreaterThan(1_900);
    expect(found.filter((sequence) => sequence > 1_000 && sequence <= 1_050)).toEqual([]);
    expect(news).toMatchObject([{ type: 'damaged' }, { type: 'recovered', missing: 1_950 - found.length }]);
  });

  it('F7: vector #17644: whose tail is cut off ends in a fresh file, and the reading ends', () => {
    const { directory, file } = filled();
    truncateSync(file, sizeOf(file) - 16_384 * 4 - 77);
    const { store, news } = openDiskStore(directory);
    const found = allRows(store);
    expect(found.length).toBeGreaterThan(200);
    expect(sequencesOf(found)).toEqual(sequencesOf(found).toSorted((a, b) => a - b));
    expect(news.map(({ type }) => type)).toEqual(['damaged', 'recovered']);
  });

  it('F7: cut off at any place opens, gives what is readable, and it is told how many are not', () => {
    const { directory, file } = filled(300);
    const all = rowsFrom(1, 300, 300);
    const size = sizeOf(file);
    const cuts = [0, 1, 99, 100, 511, 512, 16_383, 16_384, 65_536, size - 1];
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...cuts), fc.integer({ min: 0, max: size - 1 })), (cut) => {
        const copy = copyOf(directory);
        truncateSync(join(copy, 'messages-1.db'), cut);
        const { store, news } = openDiskStore(copy);
        const found = allRows(store);
        expect(found).toEqual(all.filter(({ sequence }) => sequencesOf(found).includes(sequence)));
        expect(news.map(({ type }) => type)).toEqual(['damaged', 'recovered']);
        const told = news.find((each) => each.type === 'recovered');
        expect(told?.messages).toBe(found.length);
        if (told?.missing !== undefined) expect(found.length + told.missing).toBe(300);
        // The totals are in one of the first pages.
        if (cut >= 65_536) expect(told?.missing).toBeDefined();
        valueOf(store.appendRows([rowOf(301)]));
        store.close();
      }),
      { numRuns: 40 },
    );
  });

  it('F7: that was removed while no process ran is told, and what is in its log is read', () => {
    const { directory, rows } = crashed();
    rmSync(join(directory, 'messages-1.db'));
    const { store, news } = openDiskStore(directory);
    expect(allRows(store)).toEqual(rows);
    expect(news).toMatchObject([
      { type: 'damaged', file: join(directory, 'messages-1.db'), because: 'messages-1.db was removed' },
      { type: 'recovered', messages: rows.length, missing: 0 },
    ]);
  });

  it('F7: whose log was removed before it was copied back for the first time is told', () => {
    const { directory } = crashed();
    rmSync(join(directory, 'messages-1.db-wal'));
    const { store, news } = openDiskStore(directory);
    expect(allRows(store)).toEqual([]);
    expect(news).toMatchObject([{ type: 'damaged', because: 'it is cut off' }, { type: 'recovered' }]);
  });

  it('F7: that was removed with its log is told once', () => {
    const { directory } = crashed();
    removeFile(directory);
    {
      using opened = openDiskStore(directory);
      expect(allRows(opened.store)).toEqual([]);
      expect(opened.news).toMatchObject([
        { type: 'damaged', because: 'messages-1.db was removed' },
        { type: 'recovered', messages: 0, missing: undefined },
      ]);
    }
    expect(openDiskStore(directory).news).toEqual([]);
  });

  it('F7: that was removed while its process ran is told by that process, and not again', () => {
    const directory = ownDirectory();
    {
      using opened = openDiskStore(directory);
      valueOf(opened.store.appendRows(rowsFrom(1, 10)));
      removeFile(directory);
      opened.store.close();
      expect(opened.news).toMatchObject([{ type: 'gone' }]);
    }
    expect(openDiskStore(directory).news).toEqual([]);
  });

  it('F7: otel-contrib #35899: that is no database at all does not block the start', () => {
    const directory = ownDirectory();
    writeFileSync(
      join(directory, 'messages-1.db'),
      'no database, and long enough to be none. '.repeat(1_000),
    );
    const { store, news } = openDiskStore(directory);
    expect(allRows(store)).toEqual([]);
    expect(news).toMatchObject([{ type: 'damaged' }, { type: 'recovered', messages: 0, missing: undefined }]);
    valueOf(store.appendRows([rowOf(1)]));
    expect(allRows(store)).toHaveLength(1);
  });

  it('F7: fluent-bit #11847: found while it is read is recovered, and messages flow on', () => {
    const { directory, file } = filled();
    const { store, news } = openDiskStore(directory);
    expect(valueOf(store.rows(0, PAGE))).toHaveLength(100);
    damage(file, placeOf(file, 'message 200 '), 1);
    const rest = allRows(store);
    expect(sequencesOf(rest)).toHaveLength(299);
    valueOf(store.appendRows([rowOf(301)]));
    expect(sequencesOf(allRows(store)).at(-1)).toBe(301);
    expect(news.map(({ type }) => type)).toEqual(['damaged', 'recovered']);
  });

  it('F7: does not bring back what was removed while it was recovered', () => {
    const { directory, file } = filled();
    damage(file, placeOf(file, 'message 300 '), 1);
    const { store, news } = openDiskStore(directory);
    expect(store.isRecovering).toBe(true);
    valueOf(store.removeRows([1, 2, 3]));
    expect(sequencesOf(allRows(store)).slice(0, 2)).toEqual([4, 5]);
    // A region has those three: they are not lost.
    expect(news.at(-1)).toMatchObject({ type: 'recovered', messages: 296, missing: 1 });
  });

  it('F7: is recovered again when the process ends in the middle, at any step', () => {
    const { directory, file } = filled(40_000);
    damage(file, placeOf(file, 'message 300 '), 1);
    for (let steps = 0; steps < 4; steps++) {
      const copy = copyOf(directory);
      {
        using first = openDiskStore(copy);
        for (let step = 0; step < steps; step++) first.store.recoverSome();
      }
      const { store, news } = openDiskStore(copy);
      expect(allRows(store)).toHaveLength(299);
      // What the first process copied is not lost.
      expect(news.at(-1)).toMatchObject({ type: 'recovered', missing: 1, isLast: true });
    }
  });

  it('F7: holds new messages behind those that are recovered', () => {
    const { directory, file } = filled();
    damage(file, 0, 100);
    const { store } = openDiskStore(directory);
    expect(store.lastSequence).toBe(300);
    valueOf(store.appendRows([rowOf(store.lastSequence + 1)]));
    expect(sequencesOf(allRows(store)).at(-1)).toBe(301);
  });

  it('F7: in any place gives only rows that were written, in order, and never hangs', () => {
    const { directory, file } = filled(300);
    const place = fc.record({
      at: fc.integer({ min: 0, max: sizeOf(file) - 1 }),
      length: fc.integer({ min: 1, max: 40_000 }),
    });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), (places) => {
        const copy = copyOf(directory);
        for (const { at, length } of places) damage(join(copy, 'messages-1.db'), at, length);
        const { store } = openDiskStore(copy);
        const found = allRows(store);
        const expected = rowsFrom(1, 300, 300);
        expect(sequencesOf(found)).toEqual([...new Set(sequencesOf(found))].toSorted((a, b) => a - b));
        for (const row of found) expect(row).toEqual(expected[row.sequence - 1]);
        store.close();
      }),
      { numRuns: 25 },
    );
  });

  it('vector #16463: whose log lost its last bytes is as it was before the last write', () => {
    const directory = ownDirectory();
    const { store: crashed } = openDiskStore(directory);
    valueOf(crashed.appendRows(rowsFrom(1, 10)));
    valueOf(crashed.appendRows(rowsFrom(11, 10)));
    const copy = copyOf(directory);
    truncateSync(join(copy, 'messages-1.db-wal'), sizeOf(join(copy, 'messages-1.db-wal')) - 100);
    const { store, news } = openDiskStore(copy);
    expect(sequencesOf(allRows(store))).toEqual(sequencesOf(rowsFrom(1, 10)));
    expect(store.totals.messages).toBe(10);
    expect(news).toEqual([]);
  });

  it('vector #25845: wherever the log ends, what is recovered is the last commit before: rows and totals, nothing of a later one', () => {
    const directory = ownDirectory();
    const { store: crashed } = openDiskStore(directory);
    const log = join(directory, 'messages-1.db-wal');
    const commits: { readonly size: number; readonly sequences: readonly number[] }[] = [];
    let left: number[] = [];
    const committed = (): void => void commits.push({ size: sizeOf(log), sequences: left });
    committed();
    for (let round = 0; round < 4; round++) {
      const from = round * 40 + 1;
      valueOf(crashed.appendRows(rowsFrom(from, 40, 1_000)));
      left = [...left, ...sequencesOf(rowsFrom(from, 40))];
      committed();
      valueOf(crashed.removeRows(left.slice(0, 15)));
      left = left.slice(15);
      committed();
    }
    const end = sizeOf(log);
    for (let size = end; size > (commits[0]?.size ?? 0); size -= 8_000) {
      const copy = copyOf(directory);
      truncateSync(join(copy, 'messages-1.db-wal'), size);
      const { store } = openDiskStore(copy);
      const expected = commits.findLast((commit) => commit.size <= size)?.sequences ?? [];
      expect(sequencesOf(allRows(store))).toEqual(expected);
      expect(store.totals.messages).toBe(expected.length);
      store.close();
    }
    expect(commits.at(-1)?.size).toBe(end);
  });

  it('vector #25570: a crash between the removal of the last message and the next one leaves a store that opens', () => {
    const directory = ownDirectory();
    const { store: crashed } = openDiskStore(directory);
    valueOf(crashed.appendRows(rowsFrom(1, 10)));
    valueOf(crashed.removeRows(sequencesOf(rowsFrom(1, 10))));
    const { store, news } = openDiskStore(copyOf(directory));
    expect(allRows(store)).toEqual([]);
    valueOf(store.appendRows([rowOf(11)]));
    expect(news).toEqual([]);
  });
});

describe('a disk that fails', () => {
  it('F3: full refuses what does not fit, keeps what is there, and goes on when there is space again', () => {
    let isFull = false;
    const { store } = openDiskStore(ownDirectory(), (path) => failing(path, () => (isFull ? 13 : undefined)));
    valueOf(store.appendRows(rowsFrom(1, 10)));
    isFull = true;
    expect(store.appendRows(rowsFrom(11, 10))).toEqual({ type: 'full', because: 'the disk is full' });
    isFull = false;
    expect(valueOf(store.appendRows(rowsFrom(11, 10))).messages).toBe(20);
  });

  it.each([
    ['write', 778],
    ['sync', 1_034],
  ])('that fails to %s stops the store, and the same file is not tried again', (_, code) => {
    let writes = 0;
    let isBroken = false;
    const { store, news } = openDiskStore(ownDirectory(), (path) =>
      failing(path, () => {
        writes++;
        return isBroken ? code : undefined;
      }),
    );
    valueOf(store.appendRows(rowsFrom(1, 10)));
    isBroken = true;
    expect(store.appendRows(rowsFrom(11, 10)).type).toBe('stopped');
    isBroken = false;
    expect(store.appendRows(rowsFrom(11, 10)).type).toBe('stopped');
    expect(store.removeRows([1]).type).toBe('stopped');
    expect(store.rows(0, PAGE).type).toBe('stopped');
    expect(writes).toBe(2);
    expect(news).toMatchObject([{ type: 'stopped' }]);
  });
});

describe('a directory', () => {
  it('that is removed while it is in use stops the store: nothing is acknowledged that nobody can find again', () => {
    const directory = ownDirectory();
    const { store, news } = openDiskStore(directory);
    valueOf(store.appendRows(rowsFrom(1, 10)));
    rmSync(directory, { recursive: true });
    const because = 'its files were removed, or moved away, while they were in use';
    expect(store.appendRows(rowsFrom(11, 10))).toEqual({ type: 'stopped', because });
    expect(news).toEqual([{ type: 'gone', because }]);
  });

  it('that is removed, with another one in its place, is noticed at the latest when the store closes with messages', () => {
    const directory = ownDirectory();
    const { store, news } = openDiskStore(directory);
    valueOf(store.appendRows(rowsFrom(1, 10)));
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
    writeFileSync(join(directory, 'messages-1.db'), 'another file');
    store.close();
    expect(news).toMatchObject([{ type: 'gone' }]);
  });

  it('holds files that only their owner can read', () => {
    const directory = ownDirectory();
    const { store } = openDiskStore(directory);
    valueOf(store.appendRows(rowsFrom(1, 10)));
    const modes = readdirSync(directory).map((name) => statSync(join(directory, name)).mode & 0o777);
    expect(modes.length).toBeGreaterThanOrEqual(3);
    expect(modes.every((mode) => mode === 0o600)).toBe(true);
  });

  it('of a newer version is refused and not touched', () => {
    const directory = ownDirectory();
    openDiskStore(directory).store.close();
    const database = new DatabaseSync(join(directory, 'messages-1.db'));
    database.exec('PRAGMA user_version = 3');
    database.close();
    expect(() => openDiskStore(directory)).toThrow(
      'a newer version of this program wrote it (format 3, this version knows 2); use that one',
    );
    expect(readdirSync(directory)).toEqual(['messages-1.db']);
  });

  it('takes space for the case of a full disk with the first message, and gives it back when it is empty', () => {
    const directory = ownDirectory();
    const store = new RowStore({ directory, wall: () => 0, news: () => {} });
    expect(existsSync(join(directory, 'reserve'))).toBe(false);
    valueOf(store.appendRows([rowOf(1)]));
    expect(sizeOf(join(directory, 'reserve'))).toBe(8 * 1_048_576);
    valueOf(store.removeRows([1]));
    store.close();
    expect(existsSync(join(directory, 'reserve'))).toBe(false);
  });
});

describe('a check of all', () => {
  it('finds a whole file whole, and any changed byte of a message', () => {
    const directory = ownDirectory();
    {
      using opened = openDiskStore(directory);
      valueOf(opened.store.appendRows(rowsFrom(1, 300, 1_000)));
    }
    const file = join(directory, 'messages-1.db');
    verify(file);
    damage(file, placeOf(file, 'message 77 '), 1);
    expect(() => verify(file)).toThrow('messages 1 to 122 are not as they were written');
  });

  it('finds totals that are wrong', () => {
    const directory = ownDirectory();
    openDiskStore(directory).store.close();
    const file = join(directory, 'messages-1.db');
    const database = new DatabaseSync(file);
    database.exec('UPDATE totals SET messages = 5');
    database.close();
    expect(() => verify(file)).toThrow('it says that it holds 5 messages and holds 0');
  });
});

function verify(file: string): void {
  const opened = new MessageFile(file, { readOnly: true });
  try {
    opened.verify();
  } finally {
    opened.close();
  }
}

/** Where the leaves of tables begin. */
function leavesOf(file: string): number[] {
  const bytes = readFileSync(file);
  const pages = Array.from({ length: bytes.byteLength / 16_384 }, (_, index) => index * 16_384);
  return pages.filter((at) => at > 0 && bytes[at] === 0x0d);
}

/** What a process leaves that was killed with messages: most of them are in the log of its file. */
function crashed(): { readonly directory: string; readonly rows: readonly OutboxRow[] } {
  const directory = ownDirectory();
  const rows = rowsFrom(1, 300);
  const { store } = openDiskStore(directory);
  valueOf(store.appendRows(rows));
  return { directory: copyOf(directory), rows };
}

function removeFile(directory: string): void {
  for (const name of ['messages-1.db', 'messages-1.db-wal']) rmSync(join(directory, name));
}

/** As the files are at this instant: what a crash leaves. */
function copyOf(directory: string): string {
  const copy = ownDirectory();
  for (const name of readdirSync(directory)) {
    // Shared memory is gone with the process.
    if (!name.endsWith('-shm')) copyFileSync(join(directory, name), join(copy, name));
  }
  return copy;
}

/** A file whose writes fail with a code of SQLite's. */
function failing(path: string, code: () => number | undefined): MessageFile {
  const file = new MessageFile(path);
  const append = file.append.bind(file);
  file.append = (rows) => {
    const errcode = code();
    if (errcode !== undefined) throw Object.assign(new Error('planted'), { errcode });
    append(rows);
  };
  return file;
}
