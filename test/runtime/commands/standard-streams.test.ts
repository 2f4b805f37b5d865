import { expect, test } from 'vitest';

import { StandardOutput } from '../../../runtime/commands/standard-streams.ts';

const AS_MUCH_AS_MAY_WAIT = 256 * 1024;

async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}

test('I13: what is written in any turn after another write is written, in order', async () => {
  for (let turns = 0; turns < 12; turns++) {
    const written: string[] = [];
    const stdout = new StandardOutput(async (bytes) => {
      written.push(Buffer.from(bytes).toString());
      if (written.length < 5) void pass(turns).then(() => stdout.write(`${written.length}`));
    });
    stdout.write('0');
    await new Promise(setImmediate);
    expect(written).toEqual(['0', '1', '2', '3', '4']);
    expect(stdout.waitingBytes).toBe(0);
    await stdout.flushed();
  }
});

test('I13: all who wait for room go on when there is some, or never will be', async () => {
  for (const outcome of ['written', 'lost']) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const lost: string[] = [];
    const stdout = new StandardOutput(() => promise);
    stdout.onLost = ({ message }) => {
      stdout.write('too late');
      lost.push(message);
    };
    expect(stdout.whenRoom()).toBeUndefined();
    stdout.write(Buffer.alloc(AS_MUCH_AS_MAY_WAIT));
    const waiting = Promise.all([stdout.whenRoom(), stdout.whenRoom(), stdout.flushed()]);
    if (outcome === 'written') resolve();
    else reject(new Error('the disk is full'));
    await waiting;
    expect(stdout.whenRoom()).toBeUndefined();
    expect(lost).toEqual(outcome === 'written' ? [] : ['the disk is full']);
  }
});
