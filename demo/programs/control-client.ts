import * as v from 'valibot';
import type { LedgerEntry } from '../journal/entries.ts';

const Stored = v.object({
  region: v.string(),
  partition: v.string(),
  offset: v.number(),
  key: v.nullable(v.string()),
  value: v.string(),
  timestamp: v.string(),
});

const Region = v.object({
  refusing: v.boolean(),
  streams: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      lifecycleState: v.string(),
      partitions: v.array(v.unknown()),
    }),
  ),
});
const State = v.object({ regions: v.record(v.string(), Region) });
type RegionState = v.InferOutput<typeof Region>;

const LIMIT_MS = 5_000;

/** A client of the emulator's control API: it starts faults, and reads what is stored. */
export class ControlClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Starts the steps of the emulator's scenario that wait for this cue. */
  async cue(name: string): Promise<void> {
    await this.#request(`/cues/${name}`, { method: 'POST' });
  }

  /** The number of fault rules of a region. */
  async faults(region: string): Promise<number> {
    return v.parse(v.array(v.unknown()), await this.#request(`/faults/${region}`)).length;
  }

  async region(name: string): Promise<RegionState> {
    const { regions } = v.parse(State, await this.#request('/state'));
    const region = regions[name];
    if (region === undefined) throw new Error(`the emulator has no region ${name}`);
    return region;
  }

  /** All stored messages, by partition, in the order of offsets. */
  async ledger(): Promise<LedgerEntry[]> {
    return v
      .parse(v.array(Stored), await this.#request('/ledger'))
      .map(({ region, partition, offset, key, value, timestamp }) => ({
        region,
        partition,
        offset,
        key: key === null ? null : decoded(key),
        value: decoded(value),
        at: Date.parse(timestamp),
      }));
  }

  async #request(path: string, request: RequestInit = {}): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      ...request,
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (!response.ok) throw new Error(`the emulator answered ${response.status}: ${await response.text()}`);
    return response.json();
  }
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
