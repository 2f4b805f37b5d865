import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { DiskStore } from '../../../runtime/outbox/disk-store.ts';
import type { MessageFile } from '../../../runtime/outbox/message-file.ts';
import type {
  OutboxRow,
  OutboxTotals,
  PageLimits,
  StoreAnswer,
  StoreNews,
} from '../../../runtime/outbox/outbox-store.ts';
import { packSegments, unpackSegments } from '../../../runtime/outbox/segment.ts';

/** A directory of this test alone. */
export function ownDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Takes and gives messages, as the other end of the thread does. */
export class RowStore extends DiskStore {
  appendRows(rows: readonly OutboxRow[]): StoreAnswer<OutboxTotals> {
    return this.append(packSegments(rows).segments);
  }

  rows(after: number, limits: PageLimits): StoreAnswer<readonly OutboxRow[]> {
    const answer = this.read(after, limits);
    return answer.type === 'done' ? { type: 'done', value: unpackSegments(answer.value) } : answer;
  }

  removeRows(sequences: readonly number[]): StoreAnswer<OutboxTotals> {
    return this.remove(Float64Array.from(sequences));
  }
}

export interface TestStore extends Disposable {
  readonly store: RowStore;
  readonly news: StoreNews[];
}

/** With a small reserve: writing it is what takes longest. */
export function openDiskStore(directory: string, openFile?: (path: string) => MessageFile): TestStore {
  const news: StoreNews[] = [];
  const store = new RowStore({
    directory,
    reserveBytes: 1,
    wall: () => 1_800_000_000_000,
    news: (each) => news.push(each),
    ...(openFile === undefined ? {} : { openFile }),
  });
  onTestFinished(() => store.close());
  return { store, news, [Symbol.dispose]: () => store.close() };
}

export function valueOf<T>(answer: StoreAnswer<T>): T {
  if (answer.type !== 'done') throw new Error(`${answer.type}: ${answer.because}`);
  return answer.value;
}

/** All that the store holds. What is found damaged is recovered first, as the thread of the store does it. */
export function allRows(store: RowStore): OutboxRow[] {
  const rows: OutboxRow[] = [];
  for (let after = 0; ;) {
    while (store.isRecovering) valueOf(store.recoverSome());
    const page = valueOf(store.rows(after, { messages: 100, bytes: 1_048_576 }));
    const last = page.at(-1);
    if (store.isRecovering) continue;
    if (last === undefined) return rows;
    rows.push(...page);
    after = last.sequence;
  }
}

export function sequencesOf(rows: readonly OutboxRow[]): number[] {
  return rows.map(({ sequence }) => sequence);
}

/** Overwrites bytes in the middle of a file, as a broken disk does. */
export function damage(file: string, at: number, length: number): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(length, 0xa5), 0, length, at);
  closeSync(descriptor);
}

export function sizeOf(file: string): number {
  return statSync(file).size;
}

/** Where a file holds a text. */
export function placeOf(file: string, text: string): number {
  return readFileSync(file).indexOf(text);
}
