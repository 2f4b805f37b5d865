import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, test } from 'vitest';

import { discard, rowsOf, slotProblem, viewsOf } from '../../../runtime/outbox/inspect.ts';
import { openStore } from '../../../runtime/outbox/open-store.ts';
import { mayHoldLeftMessages } from '../../../runtime/outbox/slots.ts';
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

  test('I6: is not there only where nothing is: what cannot be looked at is refused', () => {
    const directory = ownDirectory();
    symlinkSync(join(directory, 'gone'), join(directory, 'dead'));
    expect(() => viewsOf(join(directory, 'dead'))).toThrow(
      /dead cannot be read: .*dead is a symbolic link to nothing/,
    );
    symlinkSync('round', join(directory, 'round'));
    expect(() => viewsOf(join(directory, 'round'))).toThrow('its symbolic links go round');
    expect(() => viewsOf(join(directory, 'round', 'outbox'))).toThrow('its symbolic links go round');
  });

  test('F4: finds the messages of a slot that was moved, with a link in its place; a link to nothing is refused', async () => {
    const { outbox, slot } = await leftOutbox(3);
    const elsewhere = join(ownDirectory(), 'larger-disk');
    renameSync(slot, elsewhere);
    symlinkSync(elsewhere, slot);
    expect(viewsOf(outbox)).toMatchObject([{ directory: slot, messages: 3 }]);
    const opened = await openStore({ directory: outbox, take: 'exclusive' }, () => {});
    expect(opened!.store.found).toMatchObject({ messages: 3 });
    await opened!.store.close();
    rmSync(elsewhere, { recursive: true });
    expect(() => viewsOf(outbox)).toThrow(`${slot} is a symbolic link to nothing`);
    await expect(openStore({ directory: outbox, take: 'own' }, () => {})).rejects.toThrow('link to nothing');
  });

  test('F7: is empty, and not damaged, when a process ended before it wrote into its file', () => {
    const slot = join(ownDirectory(), '0');
    mkdirSync(slot);
    const file = join(slot, 'messages-1.db');
    writeFileSync(file, '');
    expect(slotProblem(slot)).toBeUndefined();
    const begun = new DatabaseSync(file);
    begun.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL');
    begun.close();
    expect(slotProblem(slot)).toBeUndefined();
    expect([...rowsOf(slot)]).toEqual([]);
    writeFileSync(join(slot, 'reserve'), 'made before the first message');
    expect(slotProblem(slot)).toEqual({ type: 'damaged', because: 'it is cut off' });
  });

  test('F7: is damaged when its file was removed, and a producer finds that; not when all of it was discarded', async () => {
    const { outbox, slot } = await leftOutbox(3);
    rmSync(join(slot, 'messages-1.db'));
    const problem = { type: 'damaged', because: 'messages-1.db was removed' } as const;
    expect(slotProblem(slot)).toEqual(problem);
    expect(viewsOf(outbox)).toMatchObject([{ messages: 0, problem }]);
    expect(mayHoldLeftMessages(outbox)).toBe(true);
    expect(discard(slot, 0)).toBe(true);
    expect(slotProblem(slot)).toBeUndefined();
    expect(mayHoldLeftMessages(outbox)).toBe(false);
  });

  test('F7: is damaged as long as a recovery is not finished', async () => {
    const { outbox, slot } = await leftOutbox(3);
    writeFileSync(join(slot, 'messages-2.db'), '');
    rmSync(join(slot, 'reserve'));
    const problem = {
      type: 'damaged',
      because: 'messages-1.db is damaged and not recovered to its end yet',
    } as const;
    expect(slotProblem(slot)).toEqual(problem);
    expect(viewsOf(outbox)).toMatchObject([{ messages: 0, problem }]);
    expect(() => [...rowsOf(slot)]).toThrow('`oci-streaming-ha outbox send`');
  });

  test('F8: of another version is not called damaged: no producer recovers it', async () => {
    const { outbox, slot } = await leftOutbox(3);
    const file = new DatabaseSync(join(slot, 'messages-1.db'));
    file.exec('PRAGMA user_version = 3');
    file.close();
    expect(slotProblem(slot)).toMatchObject({ type: 'unusable', because: /a newer version of this program/ });
    expect(viewsOf(outbox)).toMatchObject([{ messages: 0, problem: { type: 'unusable' } }]);
    expect(() => [...rowsOf(slot)]).toThrow(/use that one\.$/);
  });
});

describe('what is not the outbox’s', () => {
  test('F8, I6: is refused in a directory with the name of a slot, and no file is made there', async () => {
    const directory = ownDirectory();
    mkdirSync(join(directory, '2024'));
    writeFileSync(join(directory, '2024', 'report.txt'), 'a report');
    const words = `${join(directory, '2024')} is not the outbox's: name a directory that nothing else uses`;
    expect(() => viewsOf(directory)).toThrow(words);
    for (const take of ['own', 'exclusive', 'left'] as const)
      await expect(openStore({ directory, take }, () => {})).rejects.toThrow(words);
    expect(readdirSync(join(directory, '2024'))).toEqual(['report.txt']);
  });

  test('F8: stays when everything in a slot is removed', async () => {
    const { slot } = await leftOutbox(3);
    writeFileSync(join(slot, 'notes.txt'), 'notes');
    writeFileSync(join(slot, 'messages-1.db.backup'), 'a copy');
    mkdirSync(join(slot, 'sub'));
    expect(discard(slot, 0)).toBe(true);
    expect(readdirSync(slot).toSorted()).toEqual(['lock', 'messages-1.db.backup', 'notes.txt', 'sub']);
  });

  test('F8: a directory in place of a file is named', async () => {
    const { outbox, slot } = await leftOutbox(3);
    const path = join(slot, 'messages-2.db');
    mkdirSync(path);
    const words = `${path} is a directory, not a file: remove it`;
    expect(() => viewsOf(outbox)).toThrow(words);
    await expect(openStore({ directory: outbox, take: 'own' }, () => {})).rejects.toThrow(words);
  });
});
