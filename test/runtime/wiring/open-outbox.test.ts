import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { openStore, type OutboxStore } from '../../../runtime/outbox/index.ts';
import { readSettings } from '../../../runtime/settings/index.ts';
import { openOutbox } from '../../../runtime/wiring/open-outbox.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { ownDirectory } from '../outbox/disk.ts';
import { rowsFrom } from '../outbox/rows.ts';

/** A producer starts whose outbox beside the record cannot be used. */
async function startWithoutOutbox(recordFile: string, caller: 'library' | 'command-line' = 'library') {
  const events: HaEvent[] = [];
  const refuse = (): Promise<never> =>
    Promise.reject(new HaError('OUTBOX', 'The outbox cannot be used: the disk is full.'));
  const outbox = await openOutbox(
    {
      settings: readSettings({ recordFile, outbox: 'outage' }, {}),
      clock: new VirtualClock(),
      emit: (event) => void events.push(event),
    },
    { caller, open: refuse },
  );
  return { outbox, events };
}

/** What an earlier producer wrote, and what of it no region has stored. */
async function earlierOutbox(recordFile: string, { messages, left }: { messages: number; left: number }) {
  const opened = await openStore({ directory: `${recordFile}.outbox`, take: 'own' }, () => {});
  if (opened === undefined) throw new Error('no slot');
  const rows = rowsFrom(1, messages);
  await opened.store.append(rows);
  await opened.store.remove(rows.slice(left).map(({ sequence }) => sequence));
  return opened.store;
}

describe('an outbox beside the record that cannot be used', () => {
  const nothingLeft: Record<string, (recordFile: string) => unknown> = {
    'there is none': () => {},
    'it is a file': (recordFile) => writeFileSync(`${recordFile}.outbox`, ''),
    'it holds no slot': (recordFile) => mkdirSync(`${recordFile}.outbox`),
    'its slot never held a message': (recordFile) => mkdirSync(`${recordFile}.outbox/0`, { recursive: true }),
    'all of it was sent': async (recordFile) =>
      (await earlierOutbox(recordFile, { messages: 3, left: 0 })).close(),
    'a running producer sends it': async (recordFile) => {
      const store = await earlierOutbox(recordFile, { messages: 3, left: 3 });
      onTestFinished(() => store.close());
    },
  };
  test.each(Object.entries(nothingLeft))('is a warning when %s', async (_, prepare) => {
    const recordFile = join(ownDirectory(), 'stream.properties');
    await prepare(recordFile);
    expect(await startWithoutOutbox(recordFile)).toEqual({
      outbox: undefined,
      events: [
        {
          type: 'warning',
          code: 'outbox-not-used',
          message:
            'The outbox cannot be used: the disk is full. Messages that no region takes wait in memory instead.',
        },
      ],
    });
  });

  const perhapsLeft: Record<string, (recordFile: string) => unknown> = {
    'a message was not sent': async (recordFile) =>
      (await earlierOutbox(recordFile, { messages: 3, left: 1 })).close(),
    'its file of messages cannot be read': (recordFile) => {
      mkdirSync(`${recordFile}.outbox/0`, { recursive: true });
      writeFileSync(`${recordFile}.outbox/0/messages-1.db`, 'not a database');
    },
    'it is a link to a disk that is not mounted': (recordFile) =>
      symlinkSync('/nowhere/outbox', `${recordFile}.outbox`),
  };
  test.each(Object.entries(perhapsLeft))('F4: is an error with its remedy when %s', async (_, prepare) => {
    const recordFile = join(ownDirectory(), 'stream.properties');
    await prepare(recordFile);
    await expect(startWithoutOutbox(recordFile)).rejects.toMatchObject({
      code: 'OUTBOX',
      message:
        "The outbox cannot be used: the disk is full. Messages of an earlier process may wait in it, to be sent before newer ones: make it usable and start again, or send without it (outbox: 'off'), and they stay there.",
    });
    await expect(startWithoutOutbox(recordFile, 'command-line')).rejects.toThrow('(--outbox off)');
  });
});

test('INV-11: an opening that is given up ends though the disk does not answer; what it opens later is closed', async () => {
  const recordFile = join(ownDirectory(), 'stream.properties');
  const leaving = new AbortController();
  const answers = Promise.withResolvers<void>();
  const stores: OutboxStore[] = [];
  const open: typeof openStore = async (...start) => {
    await answers.promise;
    const opened = await openStore(...start);
    if (opened !== undefined) stores.push(opened.store);
    return opened;
  };
  const parts = {
    settings: readSettings({ recordFile, outbox: 'outage' }, {}),
    clock: new VirtualClock(),
    emit: () => {},
  };
  const opening = openOutbox(parts, { caller: 'library', open, signal: leaving.signal });
  leaving.abort(new Error('enough'));
  await expect(opening).rejects.toThrow('enough');
  answers.resolve();
  const isClosed = async (): Promise<boolean> =>
    (await stores[0]?.append(rowsFrom(1, 1)))?.type === 'stopped';
  await vi.waitUntil(isClosed, { timeout: 20_000 });
});
