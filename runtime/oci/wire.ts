import { Caller } from './caller.ts';
import { ClockSkew } from './clock-skew.ts';
import type { RegionOptions } from './region-options.ts';
import { loadSdk, type Sdk } from './sdk.ts';

/** What the calls to one region go through. */
export interface Wire {
  readonly sdk: Sdk;
  readonly caller: Caller;
  /** Closes the connections. */
  close(): Promise<void>;
}

/** Loads the SDK and undici (150 and 60 ms) at the first call, so that `--help` stays quick. */
export async function openWire({ name, auth, settings, clock, emit }: RegionOptions): Promise<Wire> {
  const [sdk, { openConnections }] = await Promise.all([loadSdk(), import('./http/connections.ts')]);
  const dispatcher = openConnections(settings.requestTimeoutMs, clock);
  const line = { region: name, auth, clock, emit, dispatcher, skew: new ClockSkew() };
  return { sdk, caller: new Caller(line, settings), close: () => dispatcher.close() };
}
