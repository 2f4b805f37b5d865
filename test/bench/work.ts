import { randomBytes } from 'node:crypto';

export interface Message {
  readonly key: string;
  readonly value: Buffer;
}

/** What the messages are like, and how they are put. */
export interface Work {
  /** Bytes of a value. */
  readonly size: number;
  /** Different keys; Infinity: a new one for each message. */
  readonly keys: number;
  /** Messages in a request, at most. */
  readonly batch: number;
  /** This project only: each message has a promise of its own (`send` in place of `sendBatch`). */
  readonly ownPromises?: boolean;
  /** This project only: each message goes in an envelope. */
  readonly envelope?: boolean;
}

/** The work that the others differ from in one respect each. */
export const BASE: Work = { size: 100, keys: 64, batch: 1_000 };

/** Values that are as long as an envelope around a value of `BASE`: what an envelope costs as bytes alone. */
export const AS_LONG: Work = { ...BASE, size: 403 };

/** Values that take turns. */
const VALUES = 1_000;

/** Messages one after another. They are made beforehand, but for those with a new key each. */
export function messageSource({ size, keys }: Work): () => Message {
  const values = Array.from({ length: VALUES }, () => randomBytes(size));
  const valueOf = (n: number): Buffer => values[n % VALUES]!;
  let n = 0;
  if (keys === Infinity) return () => ({ key: `key-${n}`, value: valueOf(n++) });
  // Each key at least once, each value at least once.
  const made = Array.from({ length: Math.max(keys, VALUES) }, (_, index) => ({
    key: `key-${index % keys}`,
    value: valueOf(index),
  }));
  return () => made[n++ % made.length]!;
}

/** Batches one after another, made beforehand where messages are. */
export function batchSource(work: Work): () => readonly Message[] {
  const next = messageSource(work);
  const batch = (): Message[] => Array.from({ length: work.batch }, () => next());
  if (work.keys === Infinity) return batch;
  const made = Array.from({ length: Math.ceil(Math.max(work.keys, VALUES) / work.batch) }, batch);
  let n = 0;
  return () => made[n++ % made.length]!;
}

export function inWords({ size, keys, batch }: Work): string {
  const bytes = size < 1_024 ? `${size} B` : `${size / 1_024} KiB`;
  const howMany = batch === 1 ? 'one at a time, awaited' : `batches of ${batch.toLocaleString('en')}`;
  return `${bytes}, ${howMany}, ${keys === 1 ? 'one key' : `${keys.toLocaleString('en')} keys`}`;
}
