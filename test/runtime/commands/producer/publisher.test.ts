import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Stop } from '../../../../runtime/commands/producer/stop.ts';
import type { Item } from '../../../../runtime/commands/producer/input.ts';
import { FailedLines, LinesNotStored } from '../../../../runtime/commands/producer/lines-not-stored.ts';
import { Publisher, type Amount } from '../../../../runtime/commands/producer/publisher.ts';
import { Tally } from '../../../../runtime/commands/producer/tally.ts';
import { HaError } from '../../../../runtime/errors.ts';
import type { Message, MessageOutcomes } from '../../../../runtime/producer/index.ts';
import type { Receipt } from '../../../../runtime/receipt.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oci-ha-test-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const failedFile = (): string => join(directory, 'failed');

const RECEIPT: Receipt = { region: 'r', stream: 's', partition: '0', offset: 1, timestamp: 't' };
const ERROR = new HaError('REJECTED', 'no');

/** A producer that settles messages when it is told to. */
class Groups {
  readonly values: string[][] = [];
  readonly outcomes: MessageOutcomes[] = [];
  /** Resolves when a group is accepted, or not. */
  accept: () => Promise<boolean> = () => Promise.resolve(true);

  sendEach(messages: readonly Message[], outcomes: MessageOutcomes): Promise<boolean> {
    this.values.push(messages.map(({ value }) => Buffer.from(value).toString()));
    this.outcomes.push(outcomes);
    return this.accept();
  }

  settleAll(): void {
    this.outcomes.forEach((outcomes, group) =>
      this.values[group]?.forEach((_, index) => outcomes.stored(index, RECEIPT)),
    );
  }
}

function world(maxGroup: Amount, maxOutstanding: Amount) {
  const clock = new VirtualClock();
  const [producer, tally, stop] = [new Groups(), new Tally(), new Stop()];
  const notes: string[] = [];
  const notStored = new LinesNotStored(clock, ({ lines }) => notes.push(...lines));
  const failedLines = new FailedLines(failedFile(), Buffer.from('\n'), 1);
  const parts = { producer, tally, clock, stop, receipts: undefined, failedLines, notStored };
  return { ...parts, notes, publisher: new Publisher({ ...parts, maxGroup, maxOutstanding }) };
}

const LARGE = { messages: 1_000, bytes: 1_000_000 };

/** Chunks of lines; the numbers of lines go on from chunk to chunk. */
async function* chunks(...texts: readonly string[][]): AsyncGenerator<Item[]> {
  let line = 0;
  for (const lines of texts) {
    yield lines.map((text): Item => {
      const bytes = Buffer.from(text);
      const place = { source: 'input', line: ++line };
      return text === 'bad'
        ? { type: 'refused', place, line: bytes, problem: 'it is bad' }
        : { type: 'message', place, line: bytes, message: { key: null, value: bytes } };
    });
  }
}

/** Lets all go on that waits for nothing but its turn. */
const turns = (clock: VirtualClock): Promise<void> => clock.pass(1);

describe('the lines of a chunk', () => {
  test('I14: go to the producer in groups that are large enough, and what is left of the chunk at once', async () => {
    const { publisher, producer, tally, clock } = world({ messages: 3, bytes: 10 }, LARGE);
    const done = publisher.publish(chunks(['a', 'b', 'c', 'd'], ['e'], ['0123456789', 'f']));
    await turns(clock);
    expect(producer.values).toEqual([['a', 'b', 'c'], ['d'], ['e'], ['0123456789'], ['f']]);
    producer.settleAll();
    await done;
    expect([tally.taken, tally.stored, publisher.isSourceRead]).toEqual([7, 7, true]);
  });

  test.each<readonly [string, Amount]>([
    ['messages', { messages: 4, bytes: 1_000 }],
    ['bytes', { messages: 100, bytes: 8 }],
  ])('I11: wait while too many %s are on their way, until half of them are settled', async (_, most) => {
    const { publisher, producer, clock } = world({ messages: 2, bytes: 1_000 }, most);
    const done = publisher.publish(chunks(['aa', 'bb', 'cc', 'dd', 'ee', 'ff']));
    await turns(clock);
    expect(producer.values.flat()).toEqual(['aa', 'bb', 'cc', 'dd']);
    producer.outcomes[0]?.stored(0, RECEIPT);
    await turns(clock);
    expect(producer.values).toHaveLength(2);
    producer.outcomes[1]?.stored(1, RECEIPT);
    await turns(clock);
    expect(producer.values).toHaveLength(3);
    producer.settleAll();
    await done;
  });
});

describe('lines that are not stored', () => {
  test('I11: are counted, named and kept one by one, though their group is stored', async () => {
    const { publisher, producer, tally, notStored, failedLines, notes, clock } = world(LARGE, LARGE);
    const done = publisher.publish(chunks(['a', 'bad', 'c', 'd']));
    await turns(clock);
    producer.outcomes[0]?.failed(1, ERROR);
    producer.settleAll();
    await done;
    notStored.flush();
    failedLines.finish();
    expect([tally.taken, tally.stored, tally.failed, tally.unsent]).toEqual([4, 2, 2, 0]);
    expect(tally.firstNotStored).toEqual({ source: 'input', line: 2 });
    expect(notes).toEqual(['line 2 of input: not stored: it is bad', 'line 3 of input: not stored: no']);
    expect(readFileSync(failedFile(), 'utf8')).toBe('bad\nc\n');
  });

  test('I7: at an end without waiting are those of a group that are not settled, and no others', async () => {
    const { publisher, producer, tally, stop, failedLines, clock } = world(LARGE, LARGE);
    const done = publisher.publish(chunks(['a', 'b', 'c']));
    await turns(clock);
    producer.outcomes[0]?.stored(1, RECEIPT);
    publisher.giveUp();
    stop.interrupted();
    // What comes to be known later changes no number that was told.
    producer.settleAll();
    await done;
    failedLines.finish();
    expect([tally.taken, tally.stored, tally.failed]).toEqual([3, 1, 2]);
    expect(readFileSync(failedFile(), 'utf8')).toBe('a\nc\n');
  });

  test('I14: after a stop are those that wait for room, and those that are still read: not sent', async () => {
    const { publisher, producer, tally, stop, clock, failedLines } = world(
      { messages: 2, bytes: 100 },
      LARGE,
    );
    const waiting = Promise.withResolvers<boolean>();
    producer.accept = () => waiting.promise;
    const done = publisher.publish(chunks(['a', 'b', 'c']));
    await turns(clock);
    stop.interrupted();
    waiting.resolve(false);
    await done;
    failedLines.finish();
    expect([tally.taken, tally.failed, tally.unsent, publisher.isSourceRead]).toEqual([0, 0, 3, false]);
    expect(readFileSync(failedFile(), 'utf8')).toBe('a\nb\nc\n');
  });
});
