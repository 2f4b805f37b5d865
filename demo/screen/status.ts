import type { LoggedEvent } from '../journal/entries.ts';
import type { Journal } from '../journal/journal.ts';
import { type DemoRegion, PRIMARY, SECONDARY } from '../demo-regions.ts';
import type { StatusLine } from './screen.ts';

type Condition = 'written' | 'down' | 'well' | 'absent';

const LOOKS: Readonly<Record<Condition, { readonly words: string; readonly look: StatusLine['look'] }>> = {
  written: { words: '● written to', look: 'green' },
  down: { words: '✗ down', look: 'red' },
  well: { words: '○ well', look: 'none' },
  absent: { words: '○ no stream', look: 'dim' },
};

/** One line for each region, and one for the current step. */
export function statusOf(journal: Journal, waitsFor: string): StatusLine[] {
  const { primary, secondary } = conditions(journal.events);
  const onTheWay = journal.sent.length - journal.receipts.length - journal.onDisk;
  return [
    regionLine(PRIMARY, primary, journal),
    regionLine(SECONDARY, secondary, journal),
    { text: `  On their way: ${onTheWay}. Next: ${waitsFor}`, look: 'none' },
  ];
}

/** The condition of each region after the latest events. */
function conditions(events: readonly LoggedEvent[]): { primary: Condition; secondary: Condition } {
  let isDown = false;
  let exists = false;
  let writer: 'primary' | 'secondary' | 'none' = 'primary';
  for (const { type, stream } of events) {
    if (type === 'outage') isDown = true;
    if (type === 'healed') isDown = false;
    if (type === 'secondary-created') exists = true;
    if (type === 'failover-started') writer = 'none';
    if (type === 'failover-done') writer = 'secondary';
    if (type === 'failback-done') writer = 'primary';
    // The verdict was taken back: the region that was left answers again.
    if (type === 'stayed') writer = stream?.region === SECONDARY.region ? 'secondary' : 'primary';
  }
  return {
    primary: isDown ? 'down' : writer === 'primary' ? 'written' : 'well',
    secondary: writer === 'secondary' ? 'written' : exists ? 'well' : 'absent',
  };
}

function regionLine({ city, region }: DemoRegion, condition: Condition, journal: Journal): StatusLine {
  const { words, look } = LOOKS[condition];
  const counts = `${String(journal.storedIn(region)).padStart(5)} stored ${String(journal.readFrom(region)).padStart(5)} read`;
  return { text: `  ${city.padEnd(9)} ${words.padEnd(13)}${counts}`, look };
}
