import { accessSync, constants } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import { DamagedFile } from './disk-problem.ts';
import { APPLICATION_ID, FORMAT_VERSION, PAGE_SIZE, SCHEMA } from './file-format.ts';
import type { KeyPage, OutboxRow, OutboxTotals, PageLimits } from './outbox-store.ts';
import { makeFile } from './places.ts';
import { bitsFor, hasBit, packSegments, sealed, setBits, unpackSegments, type Segment } from './segment.ts';
import { statementsOf, type Place, type Statements } from './statements.ts';
import { checked, partAfter, soundOutline, type StoredSegment } from './stored-segment.ts';

/** Pages; 4 MiB. As much of the log is copied back at once; the reserve for a full disk is larger. */
const CHECKPOINT_PAGES = 256;
const CACHE_KIB = 8_192;

/** A version of this program wrote the file that stores messages in another way. */
export class OtherFormat extends Error {
  override readonly name = 'OtherFormat';

  constructor(version: number) {
    const age = version > FORMAT_VERSION ? 'a newer' : 'an older';
    super(
      `${age} version of this program wrote it (format ${version}, this version knows ${FORMAT_VERSION}); use that one`,
    );
  }
}

/** A process made the file, and ended before it wrote into it. Only one that is opened for reading. */
export class UnusedFile extends Error {
  override readonly name = 'UnusedFile';
}

/** Only one process writes into a file, in ascending order, unless somebody removed its lock. */
class OtherWriter extends Error {
  override readonly name = 'OtherWriter';

  constructor(sequence: number) {
    super(
      `another process has written message ${sequence} into it: its file lock was removed while it was in use`,
    );
  }
}

/** One SQLite database of messages. Every method throws what SQLite throws, or `DamagedFile`. */
export class MessageFile {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  #totals: OutboxTotals;

  /** Opens the file, or makes it (mode 0600). Reads its first and its last segment, and no other: a check of all takes too long. */
  constructor(file: string, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    // SQLite gives its log and its shared memory the mode of this file.
    if (!readOnly) {
      makeFile(file);
      // SQLite would open it for reading only, and every process send its messages again that cannot be removed.
      accessSync(file, constants.W_OK);
    }
    this.#database = new DatabaseSync(file, { readOnly });
    try {
      // A person may look at the file with another program.
      this.#database.exec('PRAGMA busy_timeout = 5000');
      if (!readOnly) this.#prepareForWriting();
      else if (this.#isUnused()) throw new UnusedFile();
      this.#checkFormat();
      this.#statements = statementsOf(this.#database);
      this.#totals = this.#readTotals();
      this.read(0, { messages: 1, bytes: 1 });
      this.read(this.lastSequence - 1, { messages: 1, bytes: 1 });
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get totals(): OutboxTotals {
    return this.#totals;
  }

  /** Of the messages that are there, and of those that were removed of the last segment. */
  get lastSequence(): number {
    return asWritten(() => Number(this.#statements.last.get()?.['last'] ?? 0));
  }

  /** All of the messages, or none; those that are there already are passed over. Returns when they are synced. @throws OtherWriter */
  append(segments: readonly Segment[]): void {
    this.#append(segments, (row) => {
      if (!isSame(row, this.#rowAt(row.sequence))) throw new OtherWriter(row.sequence);
    });
  }

  /** As `append`, of what comes out of a damaged file: its old pages can hold other messages of a sequence. */
  appendRecovered(segments: readonly Segment[]): void {
    this.#append(segments, () => {});
  }

  #append(segments: readonly Segment[], whenThere: (row: OutboxRow) => void): void {
    this.#transaction(() => {
      let messages = 0;
      let bytes = 0;
      for (const segment of this.#withoutThose(segments, whenThere)) {
        const { first, outline, rows } = segment;
        const seal = sealed(segment);
        this.#statements.insert.run(first, segment.messages, segment.bytes, seal, outline, rows);
        messages += segment.messages;
        bytes += segment.bytes;
      }
      return { messages, bytes };
    });
  }

  /** As they are given, unless some of their messages are there already. */
  *#withoutThose(segments: readonly Segment[], whenThere: (row: OutboxRow) => void): Generator<Segment> {
    for (const segment of segments) {
      const last = segment.first + segment.messages - 1;
      const before = this.#find(last, 'or before');
      if (before === undefined || before.first + before.messages <= segment.first) yield segment;
      else {
        const rows: OutboxRow[] = [];
        for (const row of unpackSegments([segment])) {
          if (this.#find(row.sequence) === undefined) rows.push(row);
          else whenThere(row);
        }
        yield* packSegments(rows).segments;
      }
    }
  }

  /** Of a sequence that a segment has, also when it was removed. */
  #rowAt(sequence: number): OutboxRow | undefined {
    return asWritten(() => {
      const { first } = this.#find(sequence)!;
      const rows = unpackSegments([{ ...this.#segmentAt(first), without: undefined }]);
      return rows.find((row) => row.sequence === sequence);
    });
  }

  /** Undefined: no segment has the sequence. */
  #find(sequence: number, orBefore?: 'or before'): Place | undefined {
    const place = this.#statements.find.get(sequence) as unknown as Place | undefined;
    if (place === undefined || orBefore !== undefined) return place;
    return sequence < place.first + place.messages ? place : undefined;
  }

  /**
   * The first messages after `after`: segments that leave out what was removed and what is over the limits.
   *
   * @throws DamagedFile when a segment is not as it was written.
   */
  read(after: number, limits: PageLimits): Segment[] {
    return asWritten(() => {
      const page: Segment[] = [];
      const room = { ...limits };
      for (const found of this.#statements.read.iterate(after + 1)) {
        const segment = checked(found as unknown as StoredSegment);
        const part = partAfter(segment, after, page.length === 0 ? room : undefined);
        if (part.messages === 0) continue;
        if (page.length > 0 && (part.messages > room.messages || part.bytes > room.bytes)) break;
        page.push(part.segment);
        room.messages -= part.messages;
        room.bytes -= part.bytes;
        if (room.messages <= 0 || room.bytes <= 0) break;
      }
      return page;
    });
  }

  /**
   * Returns before it is synced: the next `append` syncs it too. A loss of power in between brings the rows back, and they are
   * sent as copies.
   */
  remove(sequences: Float64Array): void {
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      this.#transaction(() => this.#remove(sequences));
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }

  #remove(sequences: Float64Array): OutboxTotals {
    const sorted = sequences.toSorted();
    let messages = 0;
    let bytes = 0;
    for (let at = 0; at < sorted.length;) {
      const place = asWritten(() => this.#find(sorted[at]!));
      if (place === undefined) {
        at++;
        continue;
      }
      const end = place.first + place.messages;
      const from = at;
      while (at < sorted.length && sorted[at]! < end) at++;
      const removed = asWritten(() => this.#removeOf(place, sorted.subarray(from, at)));
      messages -= removed.messages;
      bytes -= removed.bytes;
    }
    return { messages, bytes };
  }

  /** Gives how much there is less. A segment goes with its last message. */
  #removeOf(place: Place, sequences: Float64Array): OutboxTotals {
    const which = place.which ?? bitsFor(place.messages);
    const indexes: number[] = [];
    for (const sequence of sequences) {
      const index = sequence - place.first;
      if (hasBit(which, index)) continue;
      setBits(which, index, index + 1);
      indexes.push(index);
    }
    const messages = indexes.length;
    const removedMessages = place.removedMessages + messages;
    if (removedMessages === place.messages) {
      this.#statements.delete.run(place.first);
      if (place.which !== null) this.#statements.deleteRemoved.run(place.first);
      return { messages, bytes: place.bytes - place.removedBytes };
    }
    const found = this.#statements.outline.get(place.first) as unknown as Pick<StoredSegment, 'outline'>;
    const outline = soundOutline({ first: place.first, messages: place.messages, outline: found.outline });
    const bytes = indexes.reduce((sum, index) => sum + outline.cost(index), 0);
    this.#statements.setRemoved.run(place.first, removedMessages, place.removedBytes + bytes, which);
    return { messages, bytes };
  }

  /** Those of these messages that are there, in order; each segment is read once. @throws DamagedFile when one is not as it was written. */
  some(sequences: Float64Array): OutboxRow[] {
    const sorted = sequences.toSorted();
    const rows: OutboxRow[] = [];
    for (let at = 0; at < sorted.length;) {
      const place = asWritten(() => this.#find(sorted[at]!));
      if (place === undefined) {
        at++;
        continue;
      }
      const from = at;
      while (at < sorted.length && sorted[at]! < place.first + place.messages) at++;
      const wanted = new Set(sorted.subarray(from, at));
      const segment = asWritten(() => this.#segmentAt(place.first));
      rows.push(...unpackSegments([segment]).filter(({ sequence }) => wanted.has(sequence)));
    }
    return rows;
  }

  #segmentAt(sequence: number): Segment {
    return checked(this.#statements.read.get(sequence) as unknown as StoredSegment);
  }

  keys(after: number, messages: number): KeyPage {
    return asWritten(() => {
      const sequences: number[] = [];
      const hashes: number[] = [];
      let looked = 0;
      for (const found of this.#statements.outlines.iterate(after + 1)) {
        const segment = found as unknown as Omit<StoredSegment, 'rows'>;
        const outline = soundOutline(segment);
        for (let index = Math.max(0, after + 1 - segment.first); index < segment.messages; index++) {
          const hash = hasBit(segment.which ?? undefined, index) ? undefined : outline.hash(index);
          if (hash === undefined) continue;
          sequences.push(segment.first + index);
          hashes.push(hash);
        }
        looked += segment.messages;
        if (looked < messages) continue;
        const last = segment.first + segment.messages - 1;
        return { sequences: Float64Array.from(sequences), hashes: Uint32Array.from(hashes), after: last };
      }
      return {
        sequences: Float64Array.from(sequences),
        hashes: Uint32Array.from(hashes),
        after: undefined,
      };
    });
  }

  /** Checks every page and every segment, and that the totals are right. @throws DamagedFile, or what SQLite throws. */
  verify(): void {
    const problem = this.#database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
    if (problem !== 'ok') throw new DamagedFile(String(problem));
    let messages = 0;
    let bytes = 0;
    for (let after = 0; ;) {
      const page = this.read(after, { messages: 1_000, bytes: 4_194_304 });
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.first + last.messages - 1;
      for (const segment of page) {
        const part = partAfter(segment, 0);
        messages += part.messages;
        bytes += part.bytes;
      }
    }
    if (messages === this.#totals.messages && bytes === this.#totals.bytes) return;
    throw new DamagedFile(`it says that it holds ${this.#totals.messages} messages and holds ${messages}`);
  }

  /** Gives the space of removed rows back to the file system. Cheap only while the file is empty. */
  shrink(): void {
    this.#database.exec('VACUUM');
    this.checkpoint();
  }

  /** Copies the log into the file and empties it. */
  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#database.close();
  }

  #prepareForWriting(): void {
    this.#database.exec(`
      PRAGMA page_size = ${PAGE_SIZE};
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA cache_size = -${CACHE_KIB};
    `);
    if (this.#isUnused()) this.#database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
  }

  #isUnused(): boolean {
    const schema = this.#database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get();
    return schema?.['tables'] === 0 && this.#pragma('application_id') === 0;
  }

  #checkFormat(): void {
    const version = this.#pragma('user_version');
    if (this.#pragma('application_id') !== APPLICATION_ID)
      throw new DamagedFile('it is no file of an outbox');
    if (version !== FORMAT_VERSION) throw new OtherFormat(version);
  }

  #pragma(name: string): number {
    return Number(this.#database.prepare(`PRAGMA ${name}`).get()?.[name]);
  }

  #readTotals(): OutboxTotals {
    const row = asWritten(() => this.#database.prepare('SELECT messages, bytes FROM totals').get());
    if (row === undefined) throw new DamagedFile('it does not say what it holds');
    return { messages: Number(row['messages']), bytes: Number(row['bytes']) };
  }

  /** Runs `change`, which gives by how much the totals change, and commits. */
  #transaction(change: () => OutboxTotals): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const { messages, bytes } = change();
      this.#statements.addTotals.run(messages, bytes);
      this.#database.exec('COMMIT');
      this.#totals = { messages: this.#totals.messages + messages, bytes: this.#totals.bytes + bytes };
    } catch (error) {
      // SQLite has rolled back by itself after some errors.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

function isSame(one: OutboxRow, other: OutboxRow | undefined): boolean {
  return one.acceptedAt === other?.acceptedAt && one.key === other.key && one.value === other.value;
}

/** A damaged page can hold a column of another type, or a number that is none here: then it is not SQLite that refuses it. */
function asWritten<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof DamagedFile || (error instanceof Error && 'errcode' in error)) throw error;
    throw new DamagedFile('it holds something that was never written', { cause: error });
  }
}
