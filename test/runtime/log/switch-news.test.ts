import { expect, test } from 'vitest';

import type { StreamRef } from '../../../runtime/core/index.ts';
import type { Note } from '../../../runtime/log/log.ts';
import { SwitchNews } from '../../../runtime/log/switch-news.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const streamIn = (region: string): StreamRef => ({ region, ocid: 'o', endpoint: 'e' }) as StreamRef;

test('G1: while the secondary is active it is told now and then: why, what the primary says, when failback is possible', async () => {
  const clock = new VirtualClock();
  const notes: Note[] = [];
  const settings = { failback: true, failbackAfterMs: 60_000, failbackMinIntervalMs: 3_600_000 };
  const news = new SwitchNews({ clock, settings, primaryRegion: 'p', note: (note) => notes.push(note) });
  news.event({
    type: 'failover-done',
    from: 'p',
    to: streamIn('s'),
    role: 'secondary',
    tookMs: 1_000,
    because: 'whichever answers first',
  });
  news.event({ type: 'probe', region: 'p', answered: false, detail: '503', phase: 'silent' });
  await clock.pass(61_000);
  news.event({ type: 'probe', region: 'p', answered: true, detail: 'answered', phase: 'healing' });
  await clock.pass(60_000);
  const lines = notes.flatMap((note) => note.lines);
  expect(lines[0]).toMatch(
    /^Writing to s since .*: p was judged down .*\. p: 503\. Failback: when the primary has answered for 60 s\.$/,
  );
  expect(lines[1]).toMatch(/p: answers\. Failback: possible from \d{4}-.* on, with the next batch\.$/);
  news.event({ type: 'failback-done', from: 's', to: streamIn('p'), awayMs: 1 });
  await clock.pass(600_000);
  expect(notes).toHaveLength(2);
});
