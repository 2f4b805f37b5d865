import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

import type { Receipt } from '../../receipt.ts';
import type { HaEvent } from '../../events.ts';

/** What a producer run adds up to, from receipts and events. Latency is from `send` to receipt. */
export class Tally {
  sent = 0;
  failed = 0;
  retried = 0;
  readonly storedByRegion = new Map<string, number>();
  readonly switches: string[] = [];
  failedOver = false;
  lastError: Error | undefined;
  readonly #latency: RecordableHistogram = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });

  get stored(): number {
    return [...this.storedByRegion.values()].reduce((sum, count) => sum + count, 0);
  }

  stores(receipt: Receipt, tookMs: number): void {
    this.storedByRegion.set(receipt.region, (this.storedByRegion.get(receipt.region) ?? 0) + 1);
    this.#latency.record(Math.max(1, Math.round(tookMs * 1_000)));
  }

  hears(event: HaEvent, wallMs: number): void {
    const at = new Date(wallMs).toISOString().slice(11, 23);
    if (event.type === 'attempt-failed' && event.retryInMs !== undefined) this.retried++;
    if (event.type === 'failover-done') {
      this.failedOver = true;
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
      `sent ${this.sent}, stored ${this.stored}${byRegion.length === 0 ? '' : ` (${byRegion.join(', ')})`}, failed ${this.failed}`,
      `retried attempts ${this.retried}, latency p50 ${ms(50)} ms, p99 ${ms(99)} ms`,
      ...(this.switches.length === 0 ? ['no failover'] : this.switches),
    ];
  }
}
