import type { Clock } from '../../clock.ts';
import type { Receipt } from '../../receipt.ts';
import type { Message, StreamProducer } from '../../producer/index.ts';
import type { Tally } from './tally.ts';

interface PublishParts {
  readonly producer: StreamProducer;
  readonly messages: AsyncIterable<Message>;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly onReceipt: (message: Message, receipt: Receipt) => void;
  readonly onError: (error: Error) => void;
  readonly signal: AbortSignal;
}

/**
 * Sends everything that the source gives, and waits until all of it is settled (or the run is interrupted: then `close`
 * drains). The source is asked for more only while there is room, so that a pipe is held back and memory stays flat.
 */
export async function publish(parts: PublishParts): Promise<void> {
  const { producer, messages, tally, clock, signal } = parts;
  let outstanding = 0;
  // Somebody waits for a change: something was settled, or the run was interrupted.
  let wake = (): void => {};
  const change = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const send = async (message: Message): Promise<void> => {
    const sentAt = clock.now();
    tally.sent++;
    outstanding++;
    try {
      const receipt = await producer.send(message);
      tally.stores(receipt, clock.now() - sentAt);
      parts.onReceipt(message, receipt);
    } catch (error) {
      tally.failed++;
      parts.onError(error instanceof Error ? error : new Error(String(error)));
    } finally {
      outstanding--;
      wake();
    }
  };
  signal.addEventListener('abort', () => wake(), { once: true });
  for await (const message of messages) {
    void send(message);
    await producer.whenWritable();
    if (signal.aborted) break;
  }
  while (outstanding > 0 && !signal.aborted) await change();
}
