import type { RequestListener } from 'node:http';
import { pause, type MovableClock } from './clock.ts';
import type { Certificates } from './credentials/certificates.ts';
import { RegionFaults, type FaultStatus } from './faults/region-faults.ts';
import { checkedRules, type FaultRule, FaultRuleError } from './faults/fault-rule.ts';
import { type AccessLog, CallCounts } from './http/call-log.ts';
import { type Listener, openListener } from './http/listener.ts';
import type { RegionParts } from './http/perform-call.ts';
import { regionHandler } from './http/region-handler.ts';
import { routeByHost } from './http/service-host.ts';
import type { Reply } from './operations/operation.ts';
import { perform } from './operations/perform.ts';
import { findRoute, type Match } from './operations/routes.ts';
import type { RandomByPurpose } from './random.ts';
import type { Users } from './security/users.ts';
import { newRegion, type RegionRules, type RegionState, applyDueChanges } from './state/region-state.ts';
import { applyRetention } from './state/resources.ts';
import { persist, type Store } from './store/store.ts';

/** What the regions of one emulator share. */
interface SharedParts {
  readonly host: string;
  readonly advertise: string | undefined;
  readonly rules: RegionRules;
  readonly clock: MovableClock;
  readonly randomFor: RandomByPurpose;
  readonly users: Users;
  /** For TLS; undefined without TLS. */
  readonly certificates: Certificates | undefined;
  readonly log: AccessLog | undefined;
  /** The data file; undefined if the state is in memory only. */
  readonly store: Store | undefined;
  readonly other: (region: string) => EmulatedRegion | undefined;
}

/** One region: its state, its listener and its faults. */
export class EmulatedRegion {
  readonly parts: RegionParts;
  /** Handles requests at another region's listener that name this region as host. */
  readonly requestListener: RequestListener;
  readonly #shared: SharedParts;
  readonly #listener: Listener;
  readonly #closing: AbortController;
  #cancelTimer: () => void = () => {};
  #badCertificate: 'expired' | 'foreign' | undefined;

  static async open(name: string, port: number, shared: SharedParts): Promise<EmulatedRegion> {
    const { rules, clock, randomFor, users, host, advertise, certificates, log, store, other } = shared;
    const state = newRegion(name, '', rules);
    store?.load(state);
    const closing = new AbortController();
    const parts = {
      state,
      faults: new RegionFaults((rule) => randomFor(`${name}: rule ${rule}`)),
      callCounts: new CallCounts(),
      clock,
      placementRandom: randomFor(`${name}: messages`),
      users,
      log,
      closing: closing.signal,
      performed: store === undefined ? undefined : (match: Match) => persist(store, state, match),
    };
    const handler = regionHandler(parts);
    const certificate = certificates?.good;
    const listener = await openListener(
      { host, advertise, port, certificate },
      routeByHost(handler, (region) => other(region)?.requestListener),
    );
    parts.state.messagesEndpoint = listener.url;
    return new EmulatedRegion(parts, handler, listener, closing, shared);
  }

  private constructor(
    parts: RegionParts,
    handler: RequestListener,
    listener: Listener,
    closing: AbortController,
    shared: SharedParts,
  ) {
    this.parts = parts;
    this.requestListener = (request, response) => {
      // The listener belongs to another region and stays open, so this connection is reset instead.
      if (parts.faults.listenerFault(shared.clock.now()).refuse) request.socket.resetAndDestroy();
      else handler(request, response);
    };
    this.#listener = listener;
    this.#closing = closing;
    this.#shared = shared;
  }

  /** The state after the changes that are due, and after retention was applied. */
  currentState(): RegionState {
    const { state, clock } = this.parts;
    const now = clock.now();
    applyDueChanges(state, now);
    for (const stream of state.streams.values()) applyRetention(stream, now);
    return state;
  }

  get url(): string {
    return this.#listener.url;
  }

  faults(): FaultStatus[] {
    return this.parts.faults.list(this.#shared.clock.now());
  }

  /** Includes rules that were replaced or cleared. */
  neverHit(): FaultRule[] {
    return this.parts.faults.neverHit();
  }

  /** Replaces all rules. `since` may be in the past. Resolves when the listener refuses or accepts connections as they say. */
  setFaults(rules: unknown, since = this.#shared.clock.now()): Promise<void> {
    this.parts.faults.set(this.#checked(rules), since);
    return this.#applyListenerFault();
  }

  addFaults(rules: unknown): Promise<void> {
    this.parts.faults.add(this.#checked(rules), this.#shared.clock.now());
    return this.#applyListenerFault();
  }

  /** Performs a call without a connection and without a signature. */
  perform(method: string, path: string, body: unknown): Reply {
    const { state, clock, placementRandom, performed } = this.parts;
    const match = findRoute(method, path);
    const context = { region: state, now: clock.now(), random: clock.random, placementRandom };
    const reply = perform(context, match, { query: {}, body, headers: {} });
    performed?.(match);
    return reply;
  }

  /** Resolves when the stream is no longer CREATING. Rejects if the region is closed before. */
  async untilCreated(streamId: string): Promise<void> {
    const { state, clock, closing } = this.parts;
    for (;;) {
      applyDueChanges(state, clock.now());
      if (state.streams.get(streamId)?.lifecycleState !== 'CREATING') return;
      const due = state.changes
        .filter(({ workRequestId }) => state.workRequests.get(workRequestId)?.resourceId === streamId)
        .map(({ at }) => at);
      await pause(clock, Math.max(1, Math.min(...due) - clock.now()), closing);
      if (closing.aborted) throw new Error('The emulator was closed before the stream was ACTIVE');
    }
  }

  close(): Promise<void> {
    this.#cancelTimer();
    this.#closing.abort();
    return this.#listener.close();
  }

  #checked(rules: unknown) {
    const checked = checkedRules(rules);
    if (
      this.#shared.certificates === undefined &&
      checked.some(({ certificate }) => certificate !== undefined)
    ) {
      throw new FaultRuleError('certificate: the emulator does not speak TLS; start it with tls');
    }
    return checked;
  }

  /** Makes the listener refuse or accept connections, with the certificate, as the rules say now; again whenever that changes. */
  async #applyListenerFault(): Promise<void> {
    this.#cancelTimer();
    const { clock, certificates } = this.#shared;
    const now = clock.now();
    const { refuse, certificate, until } = this.parts.faults.listenerFault(now);
    if (until < Infinity) {
      this.#cancelTimer = clock.after(until - now, () => {
        this.#applyListenerFault().catch((error: unknown) => {
          process.stderr.write(`emulator: ${this.parts.state.name} cannot listen again: ${String(error)}\n`);
        });
      });
    }
    if (certificate !== this.#badCertificate && certificates !== undefined) {
      this.#badCertificate = certificate;
      this.#listener.useCertificate(
        certificate === undefined ? certificates.good : certificates.bad(certificate),
      );
    }
    await (refuse ? this.#listener.refuse() : this.#listener.accept());
  }
}
