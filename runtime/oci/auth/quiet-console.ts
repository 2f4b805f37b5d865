import { AsyncLocalStorage } from 'node:async_hooks';

const quiet = new AsyncLocalStorage<true>();
const METHODS = ['log', 'info', 'warn', 'debug'] as const;

/** What stands in the place of a console method while a task runs quietly, and what stood there before. */
const muffled = new Map<
  (typeof METHODS)[number],
  { readonly ours: unknown; readonly loud: Console['log'] }
>();
let running = 0;

/**
 * Runs `task` with everything that it writes to the console dropped, and nothing else dropped. The SDK's client for
 * instance principals prints each failure with `console.log` and offers no switch (oci-common 2.139.1,
 * X509-federation-client.js), while our stdout is data only. The console is as it was when no task runs.
 */
export async function quietly<T>(task: () => T | Promise<T>): Promise<T> {
  if (running++ === 0) muffle();
  try {
    return await quiet.run(true, task);
  } finally {
    if (--running === 0) restore();
  }
}

function muffle(): void {
  for (const method of METHODS) {
    const loud = console[method];
    const ours = (...words: unknown[]): void => {
      if (quiet.getStore() === undefined) loud.apply(console, words);
    };
    console[method] = ours;
    muffled.set(method, { ours, loud });
  }
}

function restore(): void {
  for (const [method, { ours, loud }] of muffled) {
    // Somebody may have put a method of theirs there since: it is theirs to take away.
    if (console[method] === ours) console[method] = loud;
  }
  muffled.clear();
}
