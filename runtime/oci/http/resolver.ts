import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

import type { Clock } from '../../clock.ts';

/** Asks the machine for all addresses of a name, as `dns.lookup` does. */
export type Lookup = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const askSystem: Lookup = (hostname, done) => systemLookup(hostname, { all: true }, done);

/** A name whose addresses are known is asked for no longer than this, in ms, before they are used. */
const SLOW_MS = 500;

/** The code is in the style of Node's own errors of name resolution. */
class DnsTimeout extends Error {
  readonly code = 'DNS_TIMEOUT';
}

type LookupCallback = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/**
 * Name resolution of one region. `dns.lookup` waits on one of the four threads that Node has for the whole process, file
 * access included, and one call can take 10 s: so a region has at most one lookup under way, shared by all who wait, and a
 * region whose names do not resolve takes nothing from the other one (A21, INV-12).
 *
 * A name is always asked for first. When the lookup fails, or takes more than half a second (a quarter of `limitMs` when that
 * is less), the addresses that it had last are used: TLS proves who answers there. A name that never had any is waited for
 * until three quarters of `limitMs`, so that the failure says that it is the name.
 */
export class Resolver {
  readonly #clock: Clock;
  readonly #ask: Lookup;
  readonly #slowMs: number;
  readonly #waitMs: number;
  readonly #known = new Map<string, LookupAddress[]>();
  /** Names that wait for their turn, and who waits for them. */
  readonly #queue = new Map<string, Set<LookupCallback>>();
  #underWay:
    | { readonly hostname: string; readonly waiters: Set<LookupCallback>; readonly since: number }
    | undefined;

  /** `limitMs`: for a connection, its name included. */
  constructor(limitMs: number, clock: Clock, ask: Lookup = askSystem) {
    this.#clock = clock;
    this.#ask = ask;
    this.#slowMs = Math.min(SLOW_MS, limitMs / 4);
    this.#waitMs = (limitMs * 3) / 4;
  }

  /** For `net.connect`, which tries all of the addresses. */
  readonly lookup: LookupFunction = (hostname, { all, family }, done) => {
    this.#resolve(hostname, (error, found) => {
      const wanted = family === 4 || family === 6 ? found.filter((one) => one.family === family) : found;
      if (error !== null) done(error, []);
      else if (all === true) done(null, wanted);
      else done(null, wanted[0]?.address ?? '', wanted[0]?.family);
    });
  };

  #resolve(hostname: string, done: LookupCallback): void {
    const known = this.#known.get(hostname);
    const waiters = this.#waitersFor(hostname);
    const settle: LookupCallback = (error, addresses) => {
      cancel();
      waiters.delete(settle);
      const usable = error === null ? addresses : known;
      if (usable === undefined) done(error, []);
      else done(null, usable);
    };
    waiters.add(settle);
    const cancel = this.#clock.after(this.#patienceMs(known !== undefined), () => {
      settle(new DnsTimeout(`${hostname} does not resolve in ${this.#waitMs} ms`), []);
    });
    this.#askNext();
  }

  #waitersFor(hostname: string): Set<LookupCallback> {
    if (this.#underWay?.hostname === hostname) return this.#underWay.waiters;
    const waiters = this.#queue.get(hostname) ?? new Set();
    this.#queue.set(hostname, waiters);
    return waiters;
  }

  #patienceMs(isKnown: boolean): number {
    if (!isKnown) return this.#waitMs;
    const askedForMs = this.#underWay === undefined ? 0 : this.#clock.now() - this.#underWay.since;
    return Math.max(0, this.#slowMs - askedForMs);
  }

  /** Asks for the name that has been waited for longest, unless a lookup is under way. */
  #askNext(): void {
    if (this.#underWay !== undefined) return;
    for (const [hostname, waiters] of this.#queue) {
      this.#queue.delete(hostname);
      if (waiters.size === 0) continue; // all of them have given up
      this.#underWay = { hostname, waiters, since: this.#clock.now() };
      this.#ask(hostname, (error, addresses) => {
        this.#underWay = undefined;
        if (error === null) this.#known.set(hostname, addresses);
        for (const settle of waiters) settle(error, addresses);
        this.#askNext();
      });
      return;
    }
  }
}
