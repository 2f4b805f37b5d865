import type { Clock } from '../clock.ts';
import type { Evidence } from '../core/index.ts';
import type { Delivered, Receipt } from '../delivered.ts';
import { HaError } from '../errors.ts';
import type { EventListener, Role } from '../events.ts';
import { StreamProducer, type Message } from '../producer/index.ts';
import type { EncodedMessage, StreamRef } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { deliver, type DeliveryParts, type Passage } from './deliver.ts';
import { findRegion } from './find-region.ts';
import { investigate } from './investigate.ts';
import { PrimaryWatch } from './primary-watch.ts';
import type { Site } from './site.ts';
import type { Situation } from './situation.ts';

/** Writes down which region is active. Never rejects: a failure is an event, and is tried again behind. */
export interface Whereabouts {
  arrived(
    active: { readonly region: string; readonly role: Role },
    secondary: StreamRef | undefined,
  ): Promise<void>;
  close(): Promise<void>;
}

interface ManagerParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly primary: Site;
  readonly secondary: Site;
  readonly active: Role;
  readonly whereabouts: Whereabouts;
}

/** How long a switch waits for the record to be on disk (ms): a slow disk must not hold up messages. */
const RECORD_PATIENCE_MS = 200;

/**
 * Decides where messages go: one verdict a region, shared by everybody who sends in this process. Holds the active
 * region through thick and thin, leaves it when it is judged down, and returns to the primary when that is well again.
 */
export class StreamManager implements AsyncDisposable {
  readonly #parts: ManagerParts;
  readonly #closing = new AbortController();
  readonly #delivery: DeliveryParts;
  #situation: Situation;
  #arrival = Promise.withResolvers<void>();
  readonly #watch: PrimaryWatch;
  readonly #investigated = new Set<Site>();
  #producer: StreamProducer | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    const { clock, settings, emit } = parts;
    const now = clock.now();
    this.#watch = new PrimaryWatch(parts);
    const site = parts.active === 'primary' ? parts.primary : parts.secondary;
    this.#situation = { at: 'region', site, since: now, storedSince: true };
    this.#arrival.promise.catch(() => {});
    this.#closing.signal.addEventListener('abort', () =>
      this.#arrival.reject(this.#closing.signal.reason as Error),
    );
    this.#delivery = {
      settings,
      clock,
      emit: (event) => {
        emit(event);
        if (event.type === 'attempt-failed') this.#look(event.role);
      },
      closing: this.#closing.signal,
      passage: () => this.#passage(),
      judgedDown: (site, because) => this.#leave(site, because),
      streamGone: (site) => this.#streamGone(site),
      stored: (passage, messages) => this.#stored(passage, messages),
      trialFailed: (failure) => this.#watch.trialFailed(failure),
    };
    if (site.stream === undefined)
      this.#leave(site, site.health.state === 'up' ? undefined : site.health.evidence);
    else if (parts.active === 'secondary') this.#watch.start(this.#closing.signal);
  }

  /** The region that messages go to now; undefined while none takes them. */
  get active(): { readonly role: Role; readonly stream: StreamRef | undefined } | undefined {
    if (this.#situation.at !== 'region') return undefined;
    const { site } = this.#situation;
    return { role: site.role, stream: site.stream };
  }

  /** Delivers a batch; for a producer's lanes. */
  deliver(messages: readonly EncodedMessage[]): Promise<Delivered> {
    return deliver(messages, this.#delivery);
  }

  /**
   * Sends one message to whichever region is active, as the Java program's method of this name. Order per key is the order
   * of the calls. Rejects as `StreamProducer.send` does.
   */
  sendWithHA(message: Message | string): Promise<Receipt> {
    if (this.#closed !== undefined) {
      return Promise.reject(new HaError('CLOSED', 'Message not stored: the manager is closed.'));
    }
    this.#producer ??= this.createProducer();
    return this.#producer.send(typeof message === 'string' ? { value: message } : message);
  }

  /** A producer that sends where this manager says. `onClosed` runs once, after its last message is settled. */
  createProducer(onClosed?: () => Promise<void>): StreamProducer {
    const { clock, settings } = this.#parts;
    const deliver = (messages: readonly EncodedMessage[]): Promise<Delivered> => this.deliver(messages);
    return new StreamProducer({ deliver, clock, settings, ...(onClosed === undefined ? {} : { onClosed }) });
  }

  /** Drains what `sendWithHA` accepted, then lets go of everything. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #shutDown(): Promise<void> {
    const { primary, secondary, whereabouts } = this.#parts;
    await this.#producer?.close();
    this.#closing.abort(new HaError('CLOSED', 'The manager was closed.'));
    primary.leave();
    secondary.leave();
    await Promise.all([whereabouts.close(), primary.region.close(), secondary.region.close()]);
  }

  async #passage(): Promise<Passage> {
    while (this.#situation.at === 'between') await this.#arrival.promise;
    this.#closing.signal.throwIfAborted();
    const { site } = this.#situation;
    if (site.role === 'primary' || !this.#watch.claimTrial()) return { site, trial: false };
    const { primary } = this.#parts;
    primary.enter();
    return { site: primary, trial: true };
  }

  #other(site: Site): Site {
    const { primary, secondary } = this.#parts;
    return site === primary ? secondary : primary;
  }

  /** More evidence, where traffic alone gives too little. */
  #look(role: Role): void {
    const { clock, primary, secondary } = this.#parts;
    const site = role === 'primary' ? primary : secondary;
    if (this.#investigated.has(site)) return;
    this.#investigated.add(site);
    void investigate(site, clock, this.#closing.signal)
      .catch(() => {})
      .finally(() => this.#investigated.delete(site));
  }

  #leave(site: Site, because: Evidence | undefined): void {
    if (this.#situation.at === 'region' && this.#situation.site !== site) return;
    if (this.#situation.at === 'between') return;
    const { clock, emit } = this.#parts;
    const other = this.#other(site);
    if (site.role === 'primary') this.#watch.left();
    else this.#watch.stop();
    this.#situation = { at: 'between', from: site, since: clock.now(), because };
    site.leave();
    if (because !== undefined)
      emit({ type: 'failover-started', role: site.role, from: site.name, to: other.name, because });
    void findRegion({ from: site, other, because, ...this.#parts, closing: this.#closing.signal })
      .then((found) => this.#arrive(found))
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.#arrival.reject(error);
      });
  }

  /** A secondary that was deleted under us: it is found or made anew. */
  #streamGone(site: Site): void {
    const ocid = site.stream?.ocid ?? '';
    site.forget();
    this.#parts.emit({
      type: 'warning',
      about: 'secondary stream',
      message: `Stream ${ocid} is gone from ${site.name}: messages in it that nobody had read are lost. Finding or making another.`,
    });
    this.#leave(site, undefined);
  }

  /** A region takes messages from now on. */
  async #arrive(site: Site): Promise<void> {
    const { clock, emit } = this.#parts;
    if (this.#situation.at !== 'between' || site.stream === undefined) return;
    const { from, since, because } = this.#situation;
    const tookMs = clock.now() - since;
    site.enter();
    if (from === site) {
      emit({ type: 'stayed', stream: site.stream, afterMs: tookMs });
    } else {
      await this.#writeDown(site);
      emit({
        type: 'failover-done',
        from: from.name,
        to: site.stream,
        role: site.role,
        tookMs,
        because: because ?? 'whichever answers first',
      });
    }
    this.#settleIn(site);
    if (site.role === 'secondary') this.#watch.start(this.#closing.signal);
  }

  #settleIn(site: Site): void {
    this.#situation = { at: 'region', site, since: this.#parts.clock.now(), storedSince: false };
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers<void>();
    this.#arrival.promise.catch(() => {});
  }

  #writeDown(site: Site): Promise<void> {
    const { clock, whereabouts, secondary } = this.#parts;
    const written = whereabouts.arrived({ region: site.name, role: site.role }, secondary.stream);
    const patience = clock.sleep(RECORD_PATIENCE_MS, { signal: this.#closing.signal }).catch(() => {});
    return Promise.race([written, patience]);
  }

  #stored(passage: Passage, messages: number): void {
    if (passage.trial) this.#failBack(passage.site);
    const { clock, emit } = this.#parts;
    const now = this.#situation;
    if (now.at !== 'region' || now.site !== passage.site || now.storedSince || now.site.stream === undefined)
      return;
    this.#situation = { ...now, storedSince: true };
    const sinceSwitchMs = clock.now() - now.since;
    emit({ type: 'first-stored', stream: now.site.stream, role: now.site.role, messages, sinceSwitchMs });
  }

  /** A real batch was stored by the primary: everybody follows. */
  #failBack(site: Site): void {
    const { emit, secondary } = this.#parts;
    const awayMs = this.#watch.trialStored();
    if (this.#situation.at !== 'region' || this.#situation.site === site || site.stream === undefined) return;
    this.#watch.stop();
    this.#settleIn(site);
    emit({ type: 'failback-done', from: secondary.name, to: site.stream, awayMs });
    void this.#writeDown(site);
  }
}
