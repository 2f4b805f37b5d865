import type * as files from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { HandledIds } from '../../../runtime/consumer/handled-ids.ts';
import { RecentHashes } from '../../../runtime/core/index.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** File operations that succeed before one fails. */
const disk = vi.hoisted(() => ({ left: Infinity }));

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof files>();
  const mayFail = (): void => {
    if (disk.left-- === 0) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
  };
  const rename: typeof fs.rename = async (...names) => {
    mayFail();
    return fs.rename(...names);
  };
  const open: typeof fs.open = async (...args) => {
    mayFail();
    const handle = await fs.open(...args);
    for (const name of ['appendFile', 'truncate', 'close'] as const) {
      const act = handle[name].bind(handle) as (...args: unknown[]) => Promise<void>;
      handle[name] = async (...args: unknown[]): Promise<void> => {
        mayFail();
        return act(...args);
      };
    }
    return handle;
  };
  return { ...fs, rename, open };
});

test('E5, INV-3: whatever fails while another file is begun, the ids before it are kept and those after it are written', async () => {
  const root = await mkdtemp(join(tmpdir(), 'handled-ids-'));
  try {
    let isFailing = true;
    for (let succeed = 0; isFailing; succeed++) {
      const events: HaEvent[] = [];
      const directory = join(root, `${succeed}`);
      const opened = (): Promise<HandledIds> =>
        HandledIds.open({
          directory,
          group: 'billing',
          capacity: 2,
          clock: new VirtualClock(),
          emit: (event) => events.push(event),
        });
      const file = await opened();
      await file.append(['one', 'two']);
      disk.left = succeed;
      await file.append(['three']);
      isFailing = disk.left < 0;
      disk.left = Infinity;
      await file.append(['four']);
      await file.close();
      const again = await opened();
      const recent = new RecentHashes(100);
      again.load(recent);
      await again.close();
      const known = ['one', 'two', 'three', 'four'].filter((id) => recent.has(id));
      const codes = events.map((event) => 'code' in event && event.code);
      expect({ succeed, known, codes }).toEqual({
        succeed,
        known: isFailing ? ['one', 'two', 'four'] : ['one', 'two', 'three', 'four'],
        codes: isFailing ? ['ids-not-written'] : [],
      });
    }
  } finally {
    await rm(root, { recursive: true });
  }
});
