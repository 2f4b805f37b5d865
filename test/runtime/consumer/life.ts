import type { ConsumedMessage, OpenedConsumer } from '../../../runtime/consumer/index.ts';
import type { Role } from '../../../runtime/events.ts';
import { status } from './group-region.ts';
import { textsOf, World } from './world.ts';

export type Happening =
  | { readonly to: Role; readonly what: 'store'; readonly partition: number; readonly count: number }
  | { readonly to: Role; readonly what: 'fail'; readonly status: number }
  | { readonly to: Role; readonly what: 'cut' }
  | { readonly to: Role; readonly what: 'heal' | 'spoil cursors' | 'become active' }
  | { readonly to: 'consumer'; readonly what: 'kill' | 'close' };

/** One process after another reads the same group, whatever happens to it. */
export class Life implements AsyncDisposable {
  readonly world = new World({ partitions: { primary: 3, secondary: 2 }, options: { readLimit: 3 } });
  readonly stored: string[] = [];
  readonly handled: string[] = [];
  #consumer: OpenedConsumer | undefined;
  #lives = 0;

  constructor() {
    const { clock, primary, secondary } = this.world;
    for (const region of [primary, secondary]) {
      region.latency = () => clock.sleep(clock.random() * 200);
      region.transfer = () => clock.sleep(clock.random() * 200);
    }
  }

  async let(happening: Happening): Promise<void> {
    if (happening.to === 'consumer') {
      if (happening.what === 'close') await this.#close();
      this.#consumer = undefined;
    } else {
      const region = this.world[happening.to];
      switch (happening.what) {
        case 'store': {
          const from = this.stored.length;
          const texts = Array.from({ length: happening.count }, (_, index) => `${from + index}`);
          region.store(happening.partition % region.partitions, ...texts);
          this.stored.push(...texts);
          break;
        }
        case 'fail':
          region.fault = () => status(happening.status);
          break;
        case 'cut':
          region.cuts = () => true;
          break;
        case 'heal':
          region.fault = undefined;
          region.cuts = undefined;
          break;
        case 'spoil cursors':
          region.spoilCursors();
          break;
        case 'become active':
          this.#consumer?.setActive(happening.to, 'a test');
      }
    }
    this.#consumer ??= this.#start();
  }

  /** After the last fault, time enough to handle all that was stored. */
  async heal(): Promise<void> {
    for (const region of [this.world.primary, this.world.secondary]) {
      region.fault = undefined;
      region.cuts = undefined;
    }
    // One that met the last fault may still finish its work before it ends for it; it is started again as any other.
    this.#consumer ??= this.#start();
    await this.world.clock.pass(60_000);
    this.#consumer ??= this.#start();
    await this.world.clock.pass(200_000);
  }

  committedTooEarly(): string[] {
    const { primary, secondary } = this.world;
    const kept = new Set([...primary.uncommitted(), ...secondary.uncommitted(), ...this.handled]);
    return this.stored.filter((text) => !kept.has(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.world.close();
  }

  #start(): OpenedConsumer {
    const opened = this.world.open();
    const isAlive = (): boolean => this.#consumer === opened;
    const handle = async (messages: readonly ConsumedMessage[]): Promise<void> => {
      await this.world.clock.sleep(this.world.clock.random() * 1_200);
      // A process that was killed handles nothing any more.
      if (!isAlive()) await new Promise(() => {});
      this.handled.push(...textsOf(messages));
    };
    // One process takes single messages, the next one batches.
    const run =
      this.#lives++ % 2 === 0
        ? opened.consumer.run((message) => handle([message]))
        : opened.consumer.run(handle, { batch: true });
    // A person corrects what the consumer ended for, and starts it again.
    run.catch(() => {
      if (isAlive()) this.#consumer = undefined;
    });
    return opened;
  }

  async #close(): Promise<void> {
    if (this.#consumer !== undefined)
      await this.world.clock.passUntil(this.#consumer.consumer.close(), 60_000);
  }
}
