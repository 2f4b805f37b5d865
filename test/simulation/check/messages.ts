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
  /** How many messages out of order the producer told of, or could not tell of: the answer did not reach it. */
  readonly reordered: number;
  readonly hasOutbox: boolean;
  /** With an outbox the order of a key holds across the lives of a process, unless another one may send what a life left. */
  readonly mayTakeOver: (process: number) => boolean;
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
  const byReceipt: Place[] = [];
  // A reader sees the first copy of each first.
  const byFirstCopy: Place[] = [];
  for (const sent of all) {
    if (sent.outcome?.type !== 'stored' || sent.key === '') continue;
    const { stream, partition, offset } = sent.outcome.receipt;
    const line = `${sent.life} ${sent.key} ${stream} ${partition}`;
    byReceipt.push({ line, offset, sent });
    const copies = (stored.get(sent.value) ?? []).filter((place) => place.stream === stream);
    if (copies.length === 0) continue;
    byFirstCopy.push({ line, offset: Math.min(...copies.map((place) => place.offset)), sent });
  }
  for (const [places, of] of [
    [byReceipt, 'receipts'],
    [byFirstCopy, 'first copies'],
  ] as const) {
    const found = overtaken(places);
    if (found.length <= reordered) continue;
    violate('out-of-order', `${of}: ${found.length} (${reordered} told of): ${found[0]}`);
  }
}

/**
 * F4, F5: what was acknowledged by the disk is in a region, or set aside with a reason, and old messages of a key come before
 * new ones, also those of an earlier life.
 */
function checkSpooled(run: JudgedRun, violate: Violate): void {
  const places: Place[] = [];
  for (const sent of run.sent) {
    const copies = run.stored.get(sent.value) ?? [];
    const isKept = copies.length > 0 || run.setAside.has(sent.value) || run.removed.has(sent.value);
    if (sent.outcome?.type === 'spooled' && !isKept) {
      violate('lost', `${text(sent.value)} was acknowledged by the disk and is in no region`);
    }
    if (!run.hasOutbox || sent.key === '') continue;
    const [first] = copies.toSorted((a, b) => a.offset - b.offset);
    if (first === undefined || copies.some(({ stream }) => stream !== first.stream)) continue;
    const sender = run.mayTakeOver(sent.process) ? `life ${sent.life}` : sent.process;
    const line = `${sender} ${sent.key} ${first.stream} ${first.partition}`;
    places.push({ line, offset: first.offset, sent });
  }
  const found = overtaken(places);
  if (found.length > run.reordered) violate('out-of-order', `old after new: ${found.join('; ')}`);
}

/** A message in a sequence that has to keep its order, `line`. */
interface Place {
  readonly line: string;
  readonly offset: number;
  readonly sent: Sent;
}

/** The messages that stand behind a later one of their line, in words. `places` are in the order of `send`. */
function overtaken(places: readonly Place[]): string[] {
  const first = new Map<string, Place>();
  const found: string[] = [];
  for (const place of places.toReversed()) {
    const later = first.get(place.line);
    if (later === undefined || place.offset < later.offset) first.set(place.line, place);
    else if (place.offset > later.offset) {
      const words = `${text(place.sent.value)} at ${place.offset}`;
      found.push(`${words}, behind ${text(later.sent.value)} at ${later.offset}`);
    }
  }
  return found.toReversed();
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
