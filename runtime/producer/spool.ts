import type { Clock } from '../clock.ts';
import type { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Drained, Outbox } from '../outbox/index.ts';
import type { Router } from '../router/index.ts';
import type { Settings } from '../settings/index.ts';
import { DrainedMessage, type DrainedFrom } from './drained-message.ts';
import { costOf } from './flow-control.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { MessageAccounts, PendingMessage } from './pending-message.ts';
import { SpoolProgress } from './spool-progress.ts';

/** No region has taken messages for so long (ms): what waits goes to disk. */
const OUT_AFTER_MS = 1_000;
/** At the end a call that is under way has so long to be answered, in ms; then its messages go to disk too, as copies at worst. */
const CALLS_PATIENCE_MS = 500;
/** After an error that every message would meet, in ms. */
const HELD_UP_MS = 5_000;
/** Messages read from disk and not yet stored take this part of `maxBufferBytes` at most, on top of it. */
const DRAIN_SHARE = 1 / 4;
const PAGE = { messages: 2_000, bytes: 1_048_576 };

interface SpoolParts {
  readonly outbox: Outbox;
  readonly router: Router;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly lanes: Lanes;
  readonly onStored: (region: string) => void;
  /** There may be room for who waits. */
  readonly onRoom: () => void;
}

/**
 * Moves messages between the lanes and the outbox: to disk while no region takes them or memory is full, back in order of
 * acceptance when one does. Old ones go before new ones of their key; new ones of other keys go on in memory.
 */
export class Spool {
  readonly #parts: SpoolParts;
  readonly #progress: SpoolProgress;
  /** Every message goes to disk: no region takes any, or that is the setting. */
  #isOut: boolean;
  /** Grows when lanes give back what they hold: what is on its way to a lane then goes back too. */
  #returns = 0;
  readonly #accounts: MessageAccounts;
  /** Of the messages that are drained now. */
  #from: DrainedFrom | undefined;
  /** What drained messages cost in memory. */
  #inLanes = 0;
  #heldUpUntil = -Infinity;
  /** What a lane holds had no room on disk; nothing has changed since. Each look costs as much as all that waits. */
  #diskIsFull = false;
  #isClosing = false;
  readonly #watching = new AbortController();
  /** Present while something waits for a change. */
  #change: PromiseWithResolvers<void> | undefined;

  constructor(parts: SpoolParts) {
    this.#parts = parts;
    const { outbox, settings } = parts;
    this.#isOut = settings.outbox === 'always';
    this.#progress = new SpoolProgress(parts);
    this.#accounts = {
      stored: (region) => {
        this.#progress.stored();
        parts.onStored(region);
      },
      failed: () => {},
      released: (bytes) => {
        this.#inLanes -= costOf(bytes);
        this.#wake();
      },
    };
    outbox.onChange = () => {
      this.#diskIsFull = false;
      this.#progress.look();
      this.#wake();
      parts.onRoom();
    };
    for (const lane of parts.lanes.all) lane.onOverdue = (error) => this.#overdue(lane, error);
    void this.#watchForOutages();
    void this.#drain();
  }

  /** A message of this key goes to the outbox now, not to a lane. */
  takes(key: string | null): boolean {
    const { outbox } = this.#parts;
    return outbox.mayHold(key) || (this.#isOut && !outbox.isStopped);
  }

  /** Whether messages of so many bytes (key plus value) have room on disk. */
  hasRoom(bytes: number): boolean {
    const { outbox } = this.#parts;
    const hasRoom = outbox.room.has(bytes);
    if (!hasRoom) outbox.room.isAwaited();
    return hasRoom;
  }

  /** Gives a message its place in the order of acceptance, and takes it to a lane or to disk. */
  enter(message: PendingMessage, forKeyless?: Lane): void {
    this.#parts.outbox.accept(message);
    if (this.takes(message.key)) this.#parts.outbox.write([message]);
    else this.#parts.lanes.add(message, forKeyless);
  }

  /** Memory is full: what waits in lanes goes to disk, so that new messages are taken. */
  memoryIsFull(): void {
    if (!this.#diskIsFull) this.#toDisk('memory is full');
  }

  /**
   * Sends on for at most `withinMs`, as long as a region takes messages; then everything that is not stored goes to disk.
   * Senders are refused before.
   */
  async close(withinMs: number): Promise<void> {
    const { outbox, lanes, clock } = this.#parts;
    const over = new AbortController();
    const ends = [
      this.#allStored(over.signal),
      sleep(clock, withinMs, over.signal),
      this.#untilOut(over.signal),
    ];
    await Promise.race(ends);
    over.abort();
    this.#isClosing = true;
    this.#watching.abort();
    for (const lane of lanes.all) lane.stop();
    const patience = new AbortController();
    const callsEnded = Promise.all(lanes.all.map((lane) => lane.idle()));
    await Promise.race([callsEnded, sleep(clock, CALLS_PATIENCE_MS, patience.signal)]);
    patience.abort();
    for (const lane of lanes.all) this.#putBack([...lane.inFlight, ...lane.takeBack()]);
    await outbox.close();
    this.#progress.close();
  }

  /** Resolves when nothing that can be sent waits in a lane or on disk. */
  async #allStored(signal: AbortSignal): Promise<void> {
    const { outbox, lanes } = this.#parts;
    while (!signal.aborted) {
      await Promise.all(lanes.all.map((lane) => lane.idle()));
      // One that began meanwhile: that it ends is no change.
      if (!lanes.all.every((lane) => lane.isIdle)) continue;
      if (outbox.isDrained) return;
      await this.#changed();
    }
  }

  /** Resolves when no region takes messages, for a while. */
  async #untilOut(signal: AbortSignal): Promise<void> {
    const { router, clock } = this.#parts;
    while (!signal.aborted) {
      await router.when(false);
      await Promise.race([router.when(true), sleep(clock, OUT_AFTER_MS, signal)]);
      if (!router.takesMessages) return;
    }
  }

  async #watchForOutages(): Promise<void> {
    const { router, settings } = this.#parts;
    const { signal } = this.#watching;
    for (;;) {
      await this.#untilOut(signal);
      if (signal.aborted) return;
      this.#isOut = true;
      this.#parts.outbox.regionsAreOut = true;
      this.#toDisk('no region takes messages');
      await router.when(true);
      this.#isOut = settings.outbox === 'always';
      this.#parts.outbox.regionsAreOut = false;
      this.#parts.onRoom();
    }
  }

  #toDisk(because: string): void {
    const { outbox, lanes } = this.#parts;
    if (this.#isClosing || outbox.isStopped) return;
    this.#progress.used(because);
    outbox.acknowledgeAwaited();
    for (const lane of lanes.all) {
      if (lane.waiting === 0) continue;
      const bytes = lane.waitingMessages.reduce((sum, message) => sum + message.bytes, 0);
      if (this.hasRoom(bytes)) this.#putBack(lane.takeBack());
      else this.#diskIsFull = true;
    }
  }

  /** `messages`: all that a lane held, in order. */
  #putBack(messages: readonly PendingMessage[]): void {
    this.#returns++;
    const fromMemory: PendingMessage[] = [];
    for (const message of messages) {
      if (message.isSettled) continue;
      if (message instanceof DrainedMessage) message.giveBack();
      else fromMemory.push(message);
    }
    if (fromMemory.length > 0) this.#parts.outbox.write(fromMemory);
  }

  async #drain(): Promise<void> {
    const { outbox, router, clock } = this.#parts;
    while (!this.#isClosing) {
      await router.when(true);
      const changed = this.#changed();
      const heldUpMs = this.#heldUpUntil - clock.now();
      if (heldUpMs > 0) await sleep(clock, heldUpMs, this.#watching.signal);
      const returns = this.#returns;
      const drained = await outbox.next(PAGE);
      if (drained.length === 0) await changed;
      else await this.#hand(drained, returns);
    }
  }

  /** Each to the lane of its key. When lanes gave back what they held, the rest goes back too: it is later. */
  async #hand(drained: readonly Drained[], returns: number): Promise<void> {
    const { outbox, settings, lanes } = this.#parts;
    const short = 2 * settings.maxBatchMessages;
    const mayEnter = (): boolean => returns === this.#returns && !this.#isClosing;
    let keyless: Lane | undefined;
    for (const [index, each] of drained.entries()) {
      const { key, bytes } = each.type === 'row' ? each.row : each.message;
      const lane = key === null ? (keyless ??= lanes.shortest()) : lanes.laneOf(key);
      if (lane.waiting >= short && mayEnter()) await lane.whenShort(short);
      while (mayEnter() && !this.#fitsInLanes(bytes)) await this.#changed();
      if (!mayEnter()) {
        outbox.returned(drained.slice(index));
        return;
      }
      outbox.handed(each, key);
      // Given up while it waited for room: it is empty by now.
      if (each.type === 'message' && each.message.isSettled) continue;
      const message = each.type === 'row' ? this.#drainedMessage(each) : (each.message as PendingMessage);
      lanes.add(message, lane);
    }
    // The outbox holds less in memory, and later messages of these keys need no room on disk.
    this.#wake();
    this.#parts.onRoom();
  }

  /** One message is let in alone, whatever it costs. */
  #fitsInLanes(bytes: number): boolean {
    const most = this.#parts.settings.maxBufferBytes * DRAIN_SHARE;
    return this.#inLanes === 0 || this.#inLanes + costOf(bytes) <= most;
  }

  #drainedMessage({ row, rows }: Extract<Drained, { type: 'row' }>): DrainedMessage {
    if (this.#from?.rows !== rows)
      this.#from = { outbox: this.#parts.outbox, rows, onHeldUp: (error) => this.#heldUp(error) };
    const message = new DrainedMessage(row, this.#accounts, this.#from);
    this.#inLanes += costOf(message.bytes);
    return message;
  }

  /** A message of this lane was tried for too long: it waits on disk, and so does what is later of its key. */
  #overdue(lane: Lane, error: HaError): boolean {
    const { outbox } = this.#parts;
    if (outbox.isStopped) return false;
    // It goes to disk with all that waits.
    if (this.#isClosing) return true;
    const waiting = lane.waitingMessages;
    const inMemory = waiting.filter((message) => !(message instanceof DrainedMessage));
    if (inMemory.length > 0 && !this.hasRoom(inMemory.reduce((sum, { bytes }) => sum + bytes, 0)))
      return false;
    if (inMemory.length < waiting.length) this.#pause(error);
    this.#progress.used(error.message);
    this.#putBack(lane.takeBack());
    return true;
  }

  /** What is later of any key must not go first. */
  #heldUp(error: HaError): void {
    if (this.#isClosing) return;
    this.#pause(error);
    for (const lane of this.#parts.lanes.all) this.#putBack(lane.takeBack());
  }

  #pause(error: HaError): void {
    const { clock, emit } = this.#parts;
    const now = clock.now();
    if (now >= this.#heldUpUntil) emit({ type: 'delivery-failed', messages: 1, error });
    this.#heldUpUntil = now + HELD_UP_MS;
  }

  /** Resolves when something is stored, written or released. */
  #changed(): Promise<void> {
    this.#change ??= Promise.withResolvers();
    return this.#change.promise;
  }

  #wake(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}

/** Resolves when the time is over or the signal aborts. */
function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return clock.sleep(ms, { signal }).catch(() => {});
}
