import type { SpoolableMessage } from './write-queue.ts';

/** Messages on disk whose senders wait for a region. */
export class AwaitingSenders {
  readonly #directory: string;
  readonly #messages = new Map<number, SpoolableMessage>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  add(message: SpoolableMessage): void {
    this.#messages.set(message.sequence, message);
  }

  take(sequence: number): SpoolableMessage | undefined {
    if (this.#messages.size === 0) return undefined;
    const message = this.#messages.get(sequence);
    this.#messages.delete(sequence);
    return message;
  }

  takeAll(which: (sequence: number) => boolean = () => true): SpoolableMessage[] {
    const taken = [...this.#messages.values()].filter(({ sequence }) => which(sequence));
    for (const { sequence } of taken) this.#messages.delete(sequence);
    return taken;
  }

  /** Its sender learns that it is on disk; its memory is free. */
  acknowledge(message: SpoolableMessage): void {
    message.acknowledge({ type: 'outbox', directory: this.#directory, sequence: message.sequence });
    message.release();
  }
}
