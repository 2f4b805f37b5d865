import type { ConsumedMessage } from '../../../runtime/consumer/index.ts';
import { HaError } from '../../../runtime/errors.ts';
import type { Receipt } from '../../../runtime/receipt.ts';
import { consumerFrom, producerFrom, type ConnectContext } from '../../../runtime/wiring/index.ts';
import type { ConsumerPlan, ProducerPlan } from '../schedule.ts';
import type { Sent } from './sent.ts';
import { outboxOpener } from './outbox-store.ts';
import type { SimProcess } from './process.ts';
import { COMPARTMENT, ENDPOINTS } from './names.ts';
import type { Surroundings } from './surroundings.ts';

/** A supervisor starts a program again after so long, in ms. */
const RESTART_MS = 5_000;

type Producer = Awaited<ReturnType<typeof producerFrom<Receipt>>>;
type Consumer = Awaited<ReturnType<typeof consumerFrom>>;

interface ProgramWorld extends Surroundings {
  /** Nothing is sent any more. */
  readonly isQuiet: boolean;
  newProcess(index: number, role: 'producer' | 'consumer', machine: number): SimProcess;
  /** Looks at what can be seen of it from outside. */
  lookAt(program: ProducerProgram): void;
  /** Whether nothing was wrong since a moment, nor a while before it. */
  isCalm(since: number): boolean;
}

/** A program under a supervisor: one life after another, until the world ends. */
abstract class Program<Opened extends { close(): Promise<void> }> {
  protected readonly world: ProgramWorld;
  readonly index: number;
  readonly machine: number;
  readonly #role: 'producer' | 'consumer';
  #process: SimProcess | undefined;
  protected opened: Opened | undefined;
  #isDown = false;

  constructor(world: ProgramWorld, index: number, machine: number, role: 'producer' | 'consumer') {
    this.world = world;
    this.index = index;
    this.machine = machine;
    this.#role = role;
  }

  get process(): SimProcess | undefined {
    return this.#process;
  }

  /** The program, when it is open and runs. */
  get running(): Opened | undefined {
    const process = this.#process;
    const { now } = this.world.scheduler;
    return process === undefined || process.isDead || process.pausedUntil > now ? undefined : this.opened;
  }

  start(): void {
    const { world } = this;
    const process = world.newProcess(this.index, this.#role, this.machine);
    this.#process = process;
    this.opened = undefined;
    this.#isDown = false;
    world.history.say(world.scheduler.now, `${process.name} starts`);
    this.open(process, contextOf(process)).then(
      (opened) => {
        if (process.isDead) return;
        this.opened = opened;
        world.history.mark(world.scheduler.now, 'opened');
        this.begin(process, opened);
      },
      (error: unknown) => this.ended(process, error),
    );
  }

  /** As SIGKILL, or without power; also while it closes. */
  kill(forMs: number): void {
    if (this.#process?.isDead === false) this.#die(forMs);
  }

  /** As SIGTERM: it closes properly, and is started again. */
  stop(forMs: number): void {
    const { opened } = this;
    const process = this.#process;
    if (this.#isDown || process === undefined) return;
    if (opened === undefined) return this.#die(forMs);
    this.#isDown = true;
    this.closing(opened, () => {
      if (process.isDead) return;
      this.closed();
      this.#die(forMs);
    });
  }

  /** Closes it, and complains when that takes too long. */
  closing(opened: Opened, then: () => void = () => {}): void {
    const { world } = this;
    const beganAt = world.scheduler.now;
    let isOpen = true;
    const process = this.#process;
    // Of the time in which it runs: a pause is not counted.
    const look = (secondsLeft: number): void => {
      if (!isOpen) return;
      if (secondsLeft > 0) world.scheduler.after(1_000, () => look(secondsLeft - 1), process);
      else world.history.violate('unsettled', beganAt, `close() of ${process?.name ?? ''} does not resolve`);
    };
    look(CLOSE_LIMIT_S);
    opened.close().then(
      () => {
        isOpen = false;
        then();
      },
      (error: unknown) => world.history.violate('unsettled', beganAt, `close() rejects: ${String(error)}`),
    );
  }

  /** It ended by itself. */
  protected ended(process: SimProcess, error: unknown): void {
    if (process.isDead || this.#process !== process || this.#isDown) return;
    const { world } = this;
    const words = error instanceof HaError ? `${error.code}: ${error.message}` : String(error);
    world.history.say(world.scheduler.now, `${process.name} ends: ${words}`);
    world.history.mark(world.scheduler.now, 'ended');
    if (!(error instanceof HaError)) {
      world.history.violate('untyped', world.scheduler.now, `${process.name} ends with ${words}`);
    }
    this.#die(RESTART_MS);
  }

  #die(forMs: number): void {
    const process = this.#process;
    this.#isDown = true;
    this.opened = undefined;
    if (process !== undefined) {
      process.isDead = true;
      this.died(process);
    }
    this.world.scheduler.after(forMs, () => this.start());
  }

  protected abstract open(process: SimProcess, context: ConnectContext): Promise<Opened>;
  protected abstract begin(process: SimProcess, opened: Opened): void;
  protected abstract died(process: SimProcess): void;

  /** It closed properly. */
  protected closed(): void {}
}

/** Closing takes at most `closeTimeoutMs` and what the record and the last calls need, in s. */
const CLOSE_LIMIT_S = 40;

function contextOf(process: SimProcess): ConnectContext {
  const { world, clock } = process;
  return {
    clock,
    environment: {},
    directory: process.path(''),
    openStore: outboxOpener(process),
    listener: (event) => world.history.tells(world.scheduler.now, process, event),
  };
}

function optionsOf(process: SimProcess) {
  return {
    compartmentId: COMPARTMENT,
    streamName: 'OCI-PRIMARY-STREAM',
    endpoints: ENDPOINTS,
    recordFile: process.path('stream.properties'),
    exportEnvironment: 'process',
    ...process.world.schedule.settings,
  };
}

export class ProducerProgram extends Program<Producer> {
  readonly plan: ProducerPlan;
  readonly #pending = new Set<Sent>();
  /** Given up while they were in a call. */
  readonly #givenUp = new Set<Sent>();
  #order = 0;

  constructor(world: ProgramWorld, index: number, plan: ProducerPlan) {
    super(world, index, plan.machine, 'producer');
    this.plan = plan;
  }

  /** Messages that were given to it and are not settled. */
  get pending(): ReadonlySet<Sent> {
    return this.#pending;
  }

  /** How many messages that were given up in a call may still be kept: until its attempts have ended. */
  endingAttempts(): number {
    const { history, scheduler } = this.world;
    for (const sent of this.#givenUp) {
      const { value, settledAt = 0 } = sent;
      const lastAt = Math.max(history.onWire.lastAt(value) ?? 0, settledAt);
      if (lastAt < scheduler.now - ROUND_MS) this.#givenUp.delete(sent);
    }
    return this.#givenUp.size;
  }

  burst(messages: number): void {
    const { running, process } = this;
    if (running === undefined || process === undefined) return;
    for (let sent = 0; sent < messages; sent++) this.#send(process, running);
    // When those that came too many have been refused.
    this.world.scheduler.after(1, () => this.world.lookAt(this));
  }

  protected open(process: SimProcess, context: ConnectContext): Promise<Producer> {
    return producerFrom<Receipt>(optionsOf(process), { caller: 'library' }, context);
  }

  protected begin(process: SimProcess, producer: Producer): void {
    const { clock } = process;
    const { everyMs, againAfterTurns } = this.plan;
    const send = (onSettled: () => void): void => {
      if (this.opened === producer && !this.world.isQuiet) this.#send(process, producer, onSettled);
    };
    const later = (): void => void clock.after(everyMs * (0.5 + clock.random()), next);
    const again = async (turns: number): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      send(later);
    };
    const next = (): void => {
      if (againAfterTurns !== undefined) return send(() => void again(againAfterTurns));
      send(() => {});
      later();
    };
    clock.after(everyMs * clock.random(), next);
  }

  protected died(): void {
    const { now } = this.world.scheduler;
    for (const sent of this.#pending) this.world.history.settles(sent, now, { type: 'dead' });
    this.#pending.clear();
    this.#givenUp.clear();
  }

  /** INV-11: closing leaves nothing pending. */
  protected override closed(): void {
    const { history, scheduler } = this.world;
    if (this.#pending.size > 0) {
      history.violate('unsettled', scheduler.now, `${this.#pending.size} sends are pending after close()`);
    }
  }

  /** `onSettled` runs in the first turn in which a program that awaits the message may go on. */
  #send(process: SimProcess, producer: Producer, onSettled: () => void = () => {}): void {
    const { world, plan, index } = this;
    const { history, scheduler } = world;
    const order = this.#order++;
    const message = `${index}-${order}`.padEnd(plan.bytes, ' ');
    const key = plan.keys === 0 ? '' : `${index}-${order % plan.keys}`;
    const value = Buffer.from(message).toString('base64');
    const { abortAfterMs, poisonEvery } = plan;
    const aborts = abortAfterMs !== undefined;
    const at = scheduler.now;
    const sent: Sent = { value, key, order, process: index, life: process.id, at, aborts };
    history.sends(sent);
    if (poisonEvery !== undefined && order % poisonEvery === poisonEvery - 1) history.poison.add(value);
    this.#pending.add(sent);
    const settle = (outcome: NonNullable<Sent['outcome']>): void => {
      if (process.isDead) return;
      this.#pending.delete(sent);
      if (outcome.type === 'rejected' && outcome.mayBeStored) this.#givenUp.add(sent);
      history.settles(sent, scheduler.now, outcome);
      onSettled();
    };
    const abort = new AbortController();
    if (aborts) process.clock.after(abortAfterMs, () => abort.abort(new Error('too late')));
    producer.send({ key: key || null, value: message }, aborts ? { signal: abort.signal } : {}).then(
      (receipt) => settle(receipt.type === 'outbox' ? { type: 'spooled' } : { type: 'stored', receipt }),
      (error: unknown) => {
        const { code, message } = error instanceof HaError ? error : { code: String(error), message: '' };
        settle({ type: 'rejected', code, mayBeStored: message.includes('may be stored') });
      },
    );
  }
}

/** The attempts of a round end within so long after a call, in ms. */
const ROUND_MS = 30_000;

/** A program that asks for each read waits so long when there was nothing, in ms. */
const ONCE_PAUSE_MS = 1_000;

/** A slow handler takes about so long for a message: longer than any group waits, in ms. */
const SLOW_MS = 60_000;

export class ConsumerProgram extends Program<Consumer> {
  readonly plan: ConsumerPlan;
  handler: 'throws' | 'slow' | undefined;

  constructor(world: ProgramWorld, index: number, plan: ConsumerPlan) {
    super(world, index, plan.machine, 'consumer');
    this.plan = plan;
  }

  protected open(process: SimProcess, context: ConnectContext): Promise<Consumer> {
    return consumerFrom(optionsOf(process), { caller: 'library' }, context);
  }

  protected begin(process: SimProcess, consumer: Consumer): void {
    const { plan } = this;
    const { clock } = process;
    const works = async (): Promise<void> => {
      const ms = this.handler === 'slow' ? SLOW_MS : plan.handlerMs;
      if (ms > 0) await clock.sleep(ms * (0.5 + clock.random()));
      else for (let turn = 0; turn < (plan.handlerTurns ?? 0); turn++) await Promise.resolve();
    };
    const handle = async (messages: readonly ConsumedMessage[]): Promise<void> => {
      if (this.handler === 'throws') throw new Error('the handler fails');
      await works();
      if (process.isDead) return;
      this.#handleAll(process, messages);
    };
    const each = async (): Promise<void> => {
      while (this.opened === consumer) {
        const messages = await consumer.consumeOnce().catch(async (error: unknown) => {
          if (!(error instanceof HaError)) throw error;
          await clock.sleep(ONCE_PAUSE_MS);
          return [];
        });
        if (process.isDead) return;
        // They count as handled; what a program does with them is its own affair.
        this.#handleAll(process, messages);
        if (messages.length === 0) await clock.sleep(ONCE_PAUSE_MS);
        else await works();
      }
    };
    // One life takes single messages, another one batches, a third one asks for each read.
    const lives = [
      (): Promise<void> => consumer.run((message) => handle([message])),
      (): Promise<void> => consumer.run(handle, { batch: true }),
      each,
    ];
    lives[process.id % lives.length]!().then(
      () => {},
      (error: unknown) => this.ended(process, error),
    );
  }

  #handleAll(process: SimProcess, messages: readonly ConsumedMessage[]): void {
    for (const message of messages) this.#handled(process, message);
  }

  #handled(process: SimProcess, { stream, partition, offset, role, value, late }: ConsumedMessage): void {
    const { world } = this;
    const isAlone = world.schedule.consumers.length === 1;
    const groupTimeoutMs = Number(world.schedule.settings['groupTimeoutMs'] ?? 30_000);
    const { now } = world.scheduler;
    const content = Buffer.from(value).toString('base64');
    const place = { stream, partition, offset, content };
    const sent = world.history.byValue.get(content);
    world.history.consumption.handled(now, { life: process.id, isAlone, sent, late, ...place });
    world.history.mark(now, partition);
    const silentMs = world.history.contactAge(process, role, now);
    if (silentMs > groupTimeoutMs && world.isCalm(now - silentMs)) {
      world.history.violate('reservation', now, `${process.name} let its group wait for ${silentMs} ms`);
    }
  }

  protected died(): void {}
}
