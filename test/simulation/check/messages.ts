import { clockTime, type Violation } from '../world/history.ts';
import { text, type Sent } from '../world/sent.ts';

/** Where a region holds a message. */
export interface StoredPlace {
  /** For example `sa-saopaulo-1`. */
  readonly region: string;
  /** OCID. */
  readonly stream: string;
  readonly partition: string;
  readonly offset: number;
}

/** A run that has ended, simulated or not: what was sent, and what the regions hold. */
export interface JudgedRun {
  /** For each sender in the order of its `send` calls. Values are unique. */
  readonly sent: readonly Sent[];
  /** By value. */
  readonly stored: ReadonlyMap<string, readonly StoredPlace[]>;
  /** Values that a region held and removed: by retention, or with their stream. */
  readonly removed: ReadonlySet<string>;
  /** Values that left the outbox for the failed messages. */
  readonly setAside: ReadonlySet<string>;
  /** How many messages out of order the producer told of. */
  readonly reordered: number;
  /** With an outbox the order of a key holds across the lives of a process. */
  readonly hasOutbox: boolean;
}

/** Lost, out of order, unsettled: judged by places and receipts alone, so it holds for simulated and for real regions. */
export function checkMessages(run: JudgedRun, violate: Violate): void {
  checkReceipts(run, violate);
  checkOrder(run, violate);
  checkSpooled(run, violate);
  checkSettled(run, violate);
}

export type Violate = (type: Violation['type'], detail: string, at?: number) => void;

/** Lost: a receipt for what the region does not hold at that place. Copies beyond doubtful attempts are seen on the way. */
function checkReceipts({ sent: all, stored, removed }: JudgedRun, violate: Violate): void {
  for (const sent of all) {
    if (sent.outcome?.type !== 'stored') continue;
    const { region, stream, partition, offset } = sent.outcome.receipt;
    if (removed.has(sent.value)) continue;
    const places = stored.get(sent.value) ?? [];
    const isThere = places.some(
      (place) =>
        place.region === region &&
        place.stream === stream &&
        place.partition === partition &&
        place.offset === offset,
    );
    if (!isThere)
      violate(
        'lost',
        `${text(sent.value)} has a receipt for ${region} ${partition} ${offset} and is not there`,
      );
  }
}

/** INV-2: receipts of one key and one region follow the order of `send`; `reordered` events count the exceptions. */
function checkOrder({ sent: all, stored, reordered }: JudgedRun, violate: Violate): void {
  const last = new Map<string, { readonly offset: number; readonly sent: Sent }>();
  const first = new Map<string, { readonly offset: number; readonly sent: Sent }>();
  let overtaken = 0;
  let example = '';
  for (const sent of all) {
    if (sent.outcome?.type !== 'stored' || sent.key === '') continue;
    const { stream, partition, offset } = sent.outcome.receipt;
    const line = `${sent.life} ${sent.key} ${stream} ${partition}`;
    const before = last.get(line);
    if (before !== undefined && before.offset > offset) {
      overtaken++;
      example = `${text(before.sent.value)} at ${before.offset}, then ${text(sent.value)} at ${offset}`;
    }
    if (before === undefined || before.offset < offset) last.set(line, { offset, sent });
    // The first copy of each as well: a reader sees that one first.
    const copies = (stored.get(sent.value) ?? []).filter((place) => place.stream === stream);
    if (copies.length === 0) continue;
    const firstOffset = Math.min(...copies.map((place) => place.offset));
    const firstBefore = first.get(line);
    if (firstBefore !== undefined && firstBefore.offset > firstOffset) overtaken++;
    if (firstBefore === undefined || firstBefore.offset < firstOffset)
      first.set(line, { offset: firstOffset, sent });
  }
  // An entry that was overtaken is seen once by its receipt and once by its first copy.
  if (overtaken > 2 * reordered) violate('out-of-order', `${overtaken} (${reordered} told of): ${example}`);
}

/**
 * F4, F5: what was acknowledged by the disk is in a region, or set aside with a reason, and old messages of a key come before
 * new ones, also those of an earlier life.
 */
function checkSpooled(run: JudgedRun, violate: Violate): void {
  const last = new Map<string, { readonly offset: number; readonly sent: Sent }>();
  let excused = run.reordered;
  for (const sent of run.sent) {
    const copies = run.stored.get(sent.value) ?? [];
    if (sent.outcome?.type === 'spooled' && copies.length === 0 && !run.setAside.has(sent.value)) {
      violate('lost', `${text(sent.value)} was acknowledged by the disk and is in no region`);
    }
    if (!run.hasOutbox || sent.key === '') continue;
    const [first] = copies.toSorted((a, b) => a.offset - b.offset);
    if (first === undefined || copies.some(({ stream }) => stream !== first.stream)) continue;
    const line = `${sent.process} ${sent.key} ${first.stream} ${first.partition}`;
    const before = last.get(line);
    if (before === undefined || before.offset < first.offset) last.set(line, { offset: first.offset, sent });
    else if (excused-- <= 0) {
      const words = `${text(before.sent.value)} at ${before.offset}, then ${text(sent.value)} at ${first.offset}`;
      violate('out-of-order', `old after new: ${words}`);
    }
  }
}

/** INV-11 and liveness: after the world is well everything settles. */
function checkSettled({ sent }: JudgedRun, violate: Violate): void {
  const open = sent.filter(({ outcome }) => outcome === undefined);
  const [oldest] = open;
  if (oldest === undefined) return;
  violate(
    'unsettled',
    `${open.length} sends never settled; the oldest is ${text(oldest.value)} of ${clockTime(oldest.at)}`,
  );
}
