import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { rowsOf, viewsOf } from '../../../runtime/outbox/inspect.ts';
import { openStore } from '../../../runtime/outbox/open-store.ts';
import { damage, ownDirectory, placeOf, sequencesOf, valueOf } from './disk.ts';
import { rowsFrom } from './rows.ts';

/** An outbox that a process left with messages in its slot `0`. */
async function leftOutbox(messages: number): Promise<{ outbox: string; slot: string }> {
  const outbox = join(ownDirectory(), 'outbox');
  const opened = await openStore({ directory: outbox, take: 'own' }, () => {});
  valueOf(await opened!.store.append(rowsFrom(1, messages)));
  await opened!.store.close();
  return { outbox, slot: opened!.directory };
}

describe('an outbox that is looked at', () => {
  test('I6: is the directory of its slots, and a slot of it is refused by everything that takes an outbox', async () => {
    const { outbox, slot } = await leftOutbox(3);
    expect(viewsOf(outbox)).toMatchObject([{ directory: slot, messages: 3 }]);
    const words = `it is a part of the outbox ${outbox}: name that`;
    expect(() => viewsOf(slot)).toThrow(words);
    for (const take of ['own', 'exclusive', 'left'] as const)
      await expect(openStore({ directory: slot, take }, () => {})).rejects.toThrow(words);
  });

  test('I6: is empty while there is no directory, and refused in words when it is none', () => {
    const directory = ownDirectory();
    expect(viewsOf(join(directory, 'nowhere'))).toEqual([]);
    mkdirSync(join(directory, 'new'));
    expect(viewsOf(join(directory, 'new'))).toEqual([]);
    writeFileSync(join(directory, 'file'), '');
    expect(() => viewsOf(join(directory, 'file'))).toThrow(
      `The outbox ${join(directory, 'file')} cannot be read: it is not a directory.`,
    );
  });

  test('F7: gives its messages in order, and says at damage what recovers the rest', async () => {
    const { slot } = await leftOutbox(2_000);
    expect(sequencesOf([...rowsOf(slot)])).toEqual(sequencesOf(rowsFrom(1, 2_000)));
    const file = join(slot, 'messages-1.db');
    damage(file, placeOf(file, 'message 1500 '), 1);
    expect(() => [...rowsOf(slot)]).toThrow(
      /cannot be read to its end: .*outbox send`.* recovers what is readable/,
    );
  });
});
