import type { Happening } from '../journal/entries.ts';
import type { Journal } from '../journal/journal.ts';
import { type Place, PRIMARY, SECONDARY } from '../regions.ts';
import type { StatusLine } from './screen.ts';

type Condition = 'written' | 'down' | 'well' | 'absent';

const LOOKS: Readonly<Record<Condition, { readonly words: string; readonly look: StatusLine['look'] }>> = {
  written: { words: '● written to', look: 'green' },
  down: { words: '✗ down', look: 'red' },
  well: { words: '○ well', look: 'none' },
  absent: { words: '○ no stream', look: 'dim' },
};

/** A line a region, and one for what is going on. */
export function statusOf(journal: Journal, awaits: string): StatusLine[] {
  const { primary, secondary } = conditions(journal.happenings);
  const onTheWay = journal.sent.length - journal.receipts.length;
  return [
    regionLine(PRIMARY, primary, journal),
    regionLine(SECONDARY, secondary, journal),
    { text: `  On their way: ${onTheWay}. Next: ${awaits}`, look: 'none' },
  ];
}

/** How the regions are, from what happened last. */
function conditions(happenings: readonly Happening[]): { primary: Condition; secondary: Condition } {
  let isDown = false;
  let exists = false;
  let writer: 'primary' | 'secondary' | 'nobody' = 'primary';
  for (const { type } of happenings) {
    if (type === 'outage') isDown = true;
    if (type === 'healed') isDown = false;
    if (type === 'secondary-created') exists = true;
    if (type === 'failover-started') writer = 'nobody';
    if (type === 'failover-done') writer = 'secondary';
    if (type === 'failback-done') writer = 'primary';
  }
  return {
    primary: isDown ? 'down' : writer === 'primary' ? 'written' : 'well',
    secondary: writer === 'secondary' ? 'written' : exists ? 'well' : 'absent',
  };
}

function regionLine({ city, region }: Place, condition: Condition, journal: Journal): StatusLine {
  const { words, look } = LOOKS[condition];
  const counts = `${String(journal.storedIn(region)).padStart(5)} stored ${String(journal.readFrom(region)).padStart(5)} read`;
  return { text: `  ${city.padEnd(9)} ${words.padEnd(13)}${counts}`, look };
}
