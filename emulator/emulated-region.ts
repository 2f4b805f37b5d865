import type { RequestListener } from 'node:http';
import type { MovableClock } from './clock.ts';
import type { Certificates } from './credentials/certificates.ts';
import { FaultBook, type FaultStatus } from './faults/fault-book.ts';
import { checkedRules, type FaultRule, FaultRuleError } from './faults/fault-rule.ts';
import { type AccessLog, Tally } from './http/call-log.ts';
import { type Listener, openListener } from './http/listener.ts';
import type { RegionParts } from './http/perform-call.ts';
import { regionHandler } from './http/region-handler.ts';
import { byHost } from './http/service-host.ts';
import type { Reply } from './operations/operation.ts';
import { perform } from './operations/perform.ts';
import { findRoute, type Match } from './operations/routes.ts';
import type { Chance } from './random.ts';
import type { Users } from './security/users.ts';
import { newRegion, type RegionRules, type RegionState, settle } from './state/region-state.ts';
import { age } from './state/resources.ts';
import { keep, type Store } from './store/store.ts';

/** What the regions of one emulator have in common. */
interface Surroundings {
  readonly host: string;
  readonly advertise: string | undefined;
  readonly rules: RegionRules;
  readonly clock: MovableClock;
  readonly chance: Chance;
  readonly users: Users;
  /** With them, it speaks TLS. */
  readonly certificates: Certificates | undefined;
  /** Told of each call. */
  readonly log: AccessLog | undefined;
  /** Keeps what the region holds; without it, memory does. */
  readonly store: Store | undefined;
  /** Another region of the emulator. */
  readonly other: (region: string) => EmulatedRegion | undefined;
}

/** One region: what it knows, where it listens, and what is going wrong with it. */
export class EmulatedRegion {
  readonly parts: RegionParts;
  /** Answers those who came to another region's listener and named this one. */
  readonly byName: RequestListener;
  readonly #around: Surroundings;
  readonly #listener: Listener;
  readonly #closing: AbortController;
  #stopWaiting: () => void = () => {};
  #shown: 'expired' | 'foreign' | undefined;

  static async open(name: string, port: number, around: Surroundings): Promise<EmulatedRegion> {
    const { rules, clock, chance, users, host, advertise, certificates, log, store, other } = around;
    const state = newRegion(name, '', rules);
    store?.load(state);
    const closing = new AbortController();
    const parts = {
      state,
      faults: new FaultBook((rule) => chance(`${name}: rule ${rule}`)),
      tally: new Tally(),
      clock,
      spread: chance(`${name}: messages`),
      users,
      log,
      closing: closing.signal,
      performed: store === undefined ? undefined : (match: Match) => keep(store, state, match),
    };
    const handler = regionHandler(parts);
    const certificate = certificates?.good;
    const listener = await openListener(
      { host, advertise, port, certificate },
      byHost(handler, (region) => other(region)?.byName),
    );
    parts.state.messagesEndpoint = listener.url;
    return new EmulatedRegion(parts, handler, listener, closing, around);
  }

  private constructor(
    parts: RegionParts,
    handler: RequestListener,
    listener: Listener,
    closing: AbortController,
    around: Surroundings,
  ) {
    this.parts = parts;
    this.byName = (request, response) => {
      // Its own listener is closed then; here the connection can only be cut.
      if (parts.faults.listenerFault(around.clock.now()).refuse) request.socket.resetAndDestroy();
      else handler(request, response);
    };
    this.#listener = listener;
    this.#closing = closing;
    this.#around = around;
  }

  /** What it knows, with all done that is due: what retention takes is gone, also where nobody called since. */
  stateNow(): RegionState {
    const { state, clock } = this.parts;
    const now = clock.now();
    settle(state, now);
    for (const stream of state.streams.values()) age(stream, now);
    return state;
  }

  get url(): string {
    return this.#listener.url;
  }

  faults(): FaultStatus[] {
    return this.parts.faults.list(this.#around.clock.now());
  }

  /** Also of the rules that were replaced or cleared. */
  neverHit(): FaultRule[] {
    return this.parts.faults.neverHit();
  }

  /**
   * These rules and no others, from now on, or as if since a moment before. Done when connections are refused, or taken
   * again, as they say.
   */
  setFaults(rules: unknown, since = this.#around.clock.now()): Promise<void> {
    this.parts.faults.set(this.#checked(rules), since);
    return this.#followListenerFault();
  }

  addFaults(rules: unknown): Promise<void> {
    this.parts.faults.add(this.#checked(rules), this.#around.clock.now());
    return this.#followListenerFault();
  }

  /** A call that needs no connection and no signature: from the control listener. */
  perform(method: string, path: string, body: unknown): Reply {
    const { state, clock, spread, performed } = this.parts;
    const match = findRoute(method, path);
    const context = { region: state, now: clock.now(), random: clock.random, spread };
    const reply = perform(context, match, { query: {}, body, headers: {} });
    performed?.(match);
    return reply;
  }

  close(): Promise<void> {
    this.#stopWaiting();
    this.#closing.abort();
    return this.#listener.close();
  }

  #checked(rules: unknown) {
    const checked = checkedRules(rules);
    if (
      this.#around.certificates === undefined &&
      checked.some(({ certificate }) => certificate !== undefined)
    ) {
      throw new FaultRuleError('certificate: the emulator does not speak TLS; start it with tls');
    }
    return checked;
  }

  /** Opens or closes the port and shows the certificate as the rules have it, and again when that changes. */
  async #followListenerFault(): Promise<void> {
    this.#stopWaiting();
    const { clock, certificates } = this.#around;
    const now = clock.now();
    const { refuse, certificate, until } = this.parts.faults.listenerFault(now);
    if (until < Infinity) {
      this.#stopWaiting = clock.after(until - now, () => {
        this.#followListenerFault().catch((error: unknown) => {
          process.stderr.write(`emulator: ${this.parts.state.name} cannot listen again: ${String(error)}\n`);
        });
      });
    }
    if (certificate !== this.#shown && certificates !== undefined) {
      this.#shown = certificate;
      this.#listener.show(certificate === undefined ? certificates.good : certificates.bad(certificate));
    }
    await (refuse ? this.#listener.refuse() : this.#listener.accept());
  }
}
