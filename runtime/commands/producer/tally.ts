import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

import type { Clock } from '../../clock.ts';
import type { HaEvent } from '../../events.ts';
import type { AnyReceipt } from '../../receipt.ts';
import type { Place } from './lines-not-stored.ts';

/** What a run of the producer adds up to, from receipts and events. Latency is from `send` to receipt. */
export class Tally {
  /** Taken from the source to be sent; each of them ends stored or failed. */
  taken = 0;
  failed = 0;
  /** Their receipts are of the outbox: they are on disk, or were. */
  spooled = 0;
  /** Stored in a region from disk, those of earlier processes included. */
  sentFromOutbox = 0;
  /** Read, but not sent because the run was stopped. */
  unsent = 0;
  /** Messages of the outbox that went to its failed ones: no region takes them, or they were too old. */
  setAside = 0;
  /** Messages of a damaged outbox that could not be recovered; 1 where it is not known how many. */
  unrecovered = 0;
  retried = 0;
  firstNotStored: Place | undefined;
  lastError: Error | undefined;
  readonly storedByRegion = new Map<string, number>();
  readonly switches: string[] = [];
  readonly #latency: RecordableHistogram = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });

  get stored(): number {
    return [...this.storedByRegion.values()].reduce((sum, count) => sum + count, 0);
  }

  get notStored(): number {
    return this.failed + this.unsent;
  }

  settles(receipt: AnyReceipt, tookMs: number): void {
    if (receipt.type === 'outbox') {
      this.spooled++;
      return;
    }
    this.storedByRegion.set(receipt.region, (this.storedByRegion.get(receipt.region) ?? 0) + 1);
    this.#latency.record(Math.max(1, Math.round(tookMs * 1_000)));
  }

  /** Everything is settled. `stored`: in each region, also what came from the outbox. */
  ends(stored: Readonly<Record<string, number>>): void {
    const before = this.stored;
    for (const [region, count] of Object.entries(stored)) this.storedByRegion.set(region, count);
    this.sentFromOutbox = this.stored - before;
  }

  event(event: HaEvent, wallMs: number): void {
    const at = new Date(wallMs).toISOString().slice(11, 23);
    if (event.type === 'attempt-failed' && event.retryInMs !== undefined) this.retried++;
    if (event.type === 'outbox-failed') this.setAside++;
    if (event.type === 'outbox-recovered') this.unrecovered += event.missing ?? 1;
    if (event.type === 'failover-done') {
      const why = typeof event.because === 'string' ? event.because : `latest: ${event.because.latest}`;
      this.switches.push(`${at} failed over ${event.from} -> ${event.to.region} (${why})`);
    }
    if (event.type === 'failback-done')
      this.switches.push(`${at} failed back ${event.from} -> ${event.to.region}`);
  }

  /** Milliseconds at a percentile; undefined when nothing was stored. */
  latencyMs(percentile: number): number | undefined {
    return this.#latency.count === 0 ? undefined : this.#latency.percentile(percentile) / 1_000;
  }

  summary(): string[] {
    const byRegion = [...this.storedByRegion].map(([region, count]) => `${region} ${count}`);
    const ms = (percentile: number): string => this.latencyMs(percentile)?.toFixed(1) ?? '-';
    return [
      `sent ${this.taken}, stored ${this.stored}${byRegion.length === 0 ? '' : ` (${byRegion.join(', ')})`}, failed ${this.failed}`,
      ...(this.spooled + this.sentFromOutbox === 0
        ? []
        : [`written to the outbox ${this.spooled}, sent from it ${this.sentFromOutbox}`]),
      `retried attempts ${this.retried}, latency p50 ${ms(50)} ms, p99 ${ms(99)} ms`,
      ...(this.switches.length === 0 ? ['no failover'] : this.switches),
    ];
  }

  /** The same for the JSON log. */
  fields(): Record<string, unknown> {
    return {
      sent: this.taken,
      stored: this.stored,
      storedByRegion: Object.fromEntries(this.storedByRegion),
      failed: this.failed,
      spooled: this.spooled,
      sentFromOutbox: this.sentFromOutbox,
      notSent: this.unsent,
      setAside: this.setAside,
      unrecovered: this.unrecovered,
      retried: this.retried,
      latencyP50Us: Math.round((this.latencyMs(50) ?? 0) * 1_000),
      latencyP99Us: Math.round((this.latencyMs(99) ?? 0) * 1_000),
      switches: this.switches,
      ...(this.firstNotStored === undefined ? {} : { firstNotStored: this.firstNotStored }),
    };
  }
}

const EVERY_MS = 250;

/** One line on a terminal that tells how the run goes; nothing in a pipe. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #text: () => string;
  readonly #clock: Clock;
  #cancel = (): void => {};
  #shown = false;

  /** `isLive`: where lines are for people. */
  constructor(stream: NodeJS.WriteStream, clock: Clock, isLive: boolean, text: () => string) {
    this.#stream = stream;
    this.#clock = clock;
    this.#text = text;
    if (isLive && stream.isTTY) this.#draw();
  }

  /** Makes room for another line. */
  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001B[K');
    this.#shown = false;
  }

  close(): void {
    this.#cancel();
    this.clear();
  }

  #draw(): void {
    this.clear();
    this.#stream.write(this.#text());
    this.#shown = true;
    this.#cancel = this.#clock.after(EVERY_MS, () => this.#draw());
  }
}

export function progressText(tally: Tally, bufferedBytes: number): string {
  const regions = [...tally.storedByRegion].map(([region, count]) => `${region} ${count}`).join(', ');
  const waiting = tally.taken - tally.stored - tally.spooled - tally.failed;
  return `sent ${tally.taken}  stored ${tally.stored}${regions === '' ? '' : ` (${regions})`}  on the way ${waiting} (${Math.round(bufferedBytes / 1024)} KiB)`;
}
