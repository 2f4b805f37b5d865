import { createHash } from 'node:crypto';
import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import type { Clock } from '../clock.ts';
import { HASH_WORDS, hashInto, type RecentHashes } from '../core/index.ts';
import { HaError, thrownInWords } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { DirectoryLock, holderOf } from '../outbox/directory-lock.ts';
import { openingProblem, systemCode } from '../outbox/disk-problem.ts';
import { makeDirectory, refuseOthers } from '../outbox/places.ts';

const MAGIC = Buffer.from('OCI-HA handled ids 1\n', 'latin1');
const HASH_BYTES = HASH_WORDS * 4;
/** A record: number of hashes, CRC-32 of that and of the hashes, both UInt32LE; then the hashes. */
const HEAD_BYTES = 8;
const MAX_IN_RECORD = 10_000;

interface HandledIdsParts {
  readonly directory: string;
  readonly group: string;
  /** Two files of so many ids at the most: one that is full replaces the other one. */
  readonly capacity: number;
  readonly clock: Pick<Clock, 'wall'>;
  readonly emit: EventListener;
}

/**
 * The ids of handled messages on disk, as hashes: a consumer that starts again knows which copies its predecessor handled.
 * They are written just before their messages are committed. Records are not synced: after a power failure the last ids may
 * be missing, then a copy is delivered; no message is ever lost by it.
 */
export class HandledIds {
  readonly #parts: HandledIdsParts;
  readonly #lock: DirectoryLock;
  readonly #loaded: Buffer[] = [];
  #file: FileHandle | undefined;
  #bytes = 0;
  /** Ids in the file. */
  #count = 0;
  #isFailing = false;
  /** Writes, one after another. */
  #written: Promise<void> = Promise.resolve();

  private constructor(parts: HandledIdsParts, lock: DirectoryLock) {
    this.#parts = parts;
    this.#lock = lock;
  }

  /**
   * A damaged file is set aside with a warning; what could be read of it counts.
   * @throws HaError `CONFIG`: the directory cannot be used, or another process uses it.
   */
  static async open(parts: HandledIdsParts): Promise<HandledIds> {
    const { directory, clock } = parts;
    try {
      makeDirectory(directory);
      const lock = DirectoryLock.take(directory, clock.wall());
      if (lock === undefined) throw held(directory);
      const ids = new HandledIds(parts, lock);
      try {
        await ids.#load();
      } catch (error) {
        await ids.close();
        throw error;
      }
      return ids;
    } catch (error) {
      if (error instanceof HaError) throw error;
      throw new HaError('CONFIG', `\`dedupeDirectory\` ${directory}: ${openingProblem(error)}.`, {
        cause: error,
      });
    }
  }

  /** Adds the ids of the predecessor, once. */
  load(to: RecentHashes): void {
    const words = new Uint32Array(HASH_WORDS);
    for (const hashes of this.#loaded.splice(0)) {
      for (let at = 0; at < hashes.byteLength; at += HASH_BYTES) {
        for (let word = 0; word < HASH_WORDS; word++) words[word] = hashes.readUInt32LE(at + word * 4);
        to.addHash(words, 0);
      }
    }
  }

  /** Never rejects: when the ids cannot be written, that is a warning, and the next process may deliver copies. */
  append(ids: readonly string[]): Promise<void> {
    this.#written = this.#written.then(() => this.#append(hashesOf(ids)));
    return this.#written;
  }

  async close(): Promise<void> {
    await this.#written;
    await this.#file?.close();
    this.#file = undefined;
    this.#lock.release();
  }

  get #path(): string {
    return join(this.#parts.directory, `handled-${fileNameOf(this.#parts.group)}.ids`);
  }

  get #olderPath(): string {
    return `${this.#path}.older`;
  }

  /** Of a file that is being begun. */
  get #nextPath(): string {
    return `${this.#path}.next`;
  }

  async #load(): Promise<void> {
    refuseOthers([this.#path, this.#olderPath, this.#nextPath]);
    const older = await this.#read(this.#olderPath);
    const { intactBytes, count, salvaged } = await this.#read(this.#path);
    this.#file = await open(this.#path, 'a', 0o600);
    await this.#file.truncate(intactBytes);
    if (intactBytes === 0) await this.#file.appendFile(MAGIC);
    this.#bytes = Math.max(intactBytes, MAGIC.byteLength);
    this.#count = count;
    for (const hashes of [...older.salvaged, ...salvaged]) await this.#append(hashes);
  }

  /** Reads the ids of a file. `salvaged`: of one that was set aside. `intactBytes`, `count`: the whole records of one that was not, and their ids. */
  async #read(
    path: string,
  ): Promise<{ readonly intactBytes: number; readonly count: number; readonly salvaged: readonly Buffer[] }> {
    const bytes = await readFile(path).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (bytes === undefined) return { intactBytes: 0, count: 0, salvaged: [] };
    const { hashes, intactBytes, isDamaged } = readRecords(bytes);
    this.#loaded.push(...hashes);
    const count = hashes.reduce((sum, each) => sum + each.byteLength / HASH_BYTES, 0);
    if (!isDamaged) return { intactBytes, count, salvaged: [] };
    const aside = `${path}.damaged-${this.#parts.clock.wall()}`;
    await rename(path, aside);
    this.#warn(
      'ids-damaged',
      `${path} is damaged: it was renamed to ${aside}. ${count} ids could be read; copies of other messages may be delivered.`,
    );
    return { intactBytes: 0, count: 0, salvaged: hashes };
  }

  async #append(hashes: Buffer): Promise<void> {
    if (this.#file === undefined) return;
    try {
      if (this.#count >= this.#parts.capacity) await this.#startAnother();
      const records = recordsOf(hashes);
      await this.#file.appendFile(records);
      this.#bytes += records.byteLength;
      this.#count += hashes.byteLength / HASH_BYTES;
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) {
        this.#warn(
          'ids-not-written',
          `The ids of handled messages cannot be written to ${this.#path} (${thrownInWords(error)}): after a restart copies may be delivered.`,
        );
      }
      this.#isFailing = true;
      // A part of a record would make the next ones unreadable.
      await this.#file.truncate(this.#bytes).catch(() => {});
    }
  }

  /** After a failure at any point of this, the next append begins it again. */
  async #startAnother(): Promise<void> {
    const next = await open(this.#nextPath, 'a', 0o600);
    try {
      await next.truncate(0);
      await next.appendFile(MAGIC);
      await rename(this.#path, this.#olderPath).catch((error: unknown) => {
        // It was renamed by an attempt that failed later.
        if (systemCode(error) !== 'ENOENT') throw error;
      });
      await rename(this.#nextPath, this.#path);
    } catch (error) {
      await next.close().catch(() => {});
      throw error;
    }
    const full = this.#file;
    this.#file = next;
    this.#bytes = MAGIC.byteLength;
    this.#count = 0;
    await full?.close();
  }

  #warn(code: 'ids-damaged' | 'ids-not-written', message: string): void {
    this.#parts.emit({ type: 'warning', code, message });
  }
}

/** A group has up to 255 characters, a file name too, with all that stands around the group's. */
const LONGEST_GROUP = 200;

function fileNameOf(group: string): string {
  if (group.length <= LONGEST_GROUP) return group;
  const hash = createHash('sha256').update(group).digest('hex');
  return `${group.slice(0, LONGEST_GROUP - hash.length)}${hash}`;
}

function held(directory: string): HaError {
  const holder = holderOf(directory);
  const by =
    typeof holder === 'object' ? `the process ${holder.pid}, since ${holder.since}` : 'another process';
  return new HaError(
    'CONFIG',
    `\`dedupeDirectory\` ${directory} is used by ${by}: give each consumer a directory of its own.`,
  );
}

function hashesOf(ids: readonly string[]): Buffer {
  const words = new Uint32Array(HASH_WORDS);
  const hashes = Buffer.allocUnsafe(ids.length * HASH_BYTES);
  ids.forEach((id, index) => {
    hashInto(words, 0, id);
    words.forEach((word, at) => hashes.writeUInt32LE(word, index * HASH_BYTES + at * 4));
  });
  return hashes;
}

function recordsOf(hashes: Buffer): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < hashes.byteLength; at += MAX_IN_RECORD * HASH_BYTES) {
    const part = hashes.subarray(at, at + MAX_IN_RECORD * HASH_BYTES);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(part.byteLength / HASH_BYTES, 0);
    head.writeUInt32LE(checksum(head, part), 4);
    records.push(head, part);
  }
  return Buffer.concat(records);
}

function checksum(head: Buffer, hashes: Buffer): number {
  return crc32(hashes, crc32(head.subarray(0, 4)));
}

/** The whole records from the start. A record that is cut off at the end is no damage: the process was killed as it wrote. */
function readRecords(bytes: Buffer): {
  readonly hashes: readonly Buffer[];
  readonly intactBytes: number;
  readonly isDamaged: boolean;
} {
  const hashes: Buffer[] = [];
  if (!bytes.subarray(0, MAGIC.byteLength).equals(MAGIC)) {
    const isCutOff = MAGIC.subarray(0, bytes.byteLength).equals(bytes);
    return { hashes, intactBytes: 0, isDamaged: !isCutOff };
  }
  let at = MAGIC.byteLength;
  while (at + HEAD_BYTES <= bytes.byteLength) {
    const head = bytes.subarray(at, at + HEAD_BYTES);
    const count = head.readUInt32LE(0);
    if (count > MAX_IN_RECORD) return { hashes, intactBytes: at, isDamaged: true };
    const end = at + HEAD_BYTES + count * HASH_BYTES;
    if (end > bytes.byteLength) break;
    const part = bytes.subarray(at + HEAD_BYTES, end);
    if (checksum(head, part) !== head.readUInt32LE(4)) return { hashes, intactBytes: at, isDamaged: true };
    hashes.push(part);
    at = end;
  }
  return { hashes, intactBytes: at, isDamaged: false };
}
