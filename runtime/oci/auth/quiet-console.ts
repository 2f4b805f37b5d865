import { AsyncLocalStorage } from 'node:async_hooks';

const quiet = new AsyncLocalStorage<true>();

/**
 * Runs `task` with everything that it writes to the console dropped, and nothing else dropped. The SDK's client for
 * instance principals prints each failure with `console.log` and offers no switch (oci-common 2.139.1,
 * X509-federation-client.js), while our stdout is data only.
 */
export function quietly<T>(task: () => T): T {
  muffle();
  return quiet.run(true, task);
}

/** What stands in the place of a console method; somebody may have put another there since. */
const muffled = new WeakSet<object>();

function muffle(): void {
  for (const method of ['log', 'info', 'warn', 'debug'] as const) {
    const loud = console[method];
    if (muffled.has(loud)) continue;
    console[method] = (...words: unknown[]) => {
      if (quiet.getStore() === undefined) loud.apply(console, words);
    };
    muffled.add(console[method]);
  }
}
