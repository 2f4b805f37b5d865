import { PRIMARY, SECONDARY } from '../places.ts';
import { CUES } from '../stage/index.ts';
import type { Scene } from './step.ts';

/** So many payments have to lie in the primary, unread, when all of it fails: they are what can be stranded. */
const LEFT_BEHIND = 12;

export async function publish({ journal, payments }: Scene, signal: AbortSignal): Promise<string> {
  // The first one tells that both programs are up; the others come at their pace.
  payments.one();
  await journal.until(() => journal.received.length > 0, signal);
  payments.start();
  const wanted = payments.in(3);
  await journal.until(() => journal.storedIn(PRIMARY.region) >= wanted, signal);
  await journal.until(() => journal.readFrom(PRIMARY.region) >= wanted / 2, signal);
  return `${journal.storedIn(PRIMARY.region)} payments stored in ${PRIMARY.city}, ${journal.readFrom(PRIMARY.region)} of them read there.`;
}

export async function breakDown({ journal, control, outage }: Scene, signal: AbortSignal): Promise<string> {
  await control.cue(CUES.readersFail);
  const before = journal.receipts.length;
  const unread = (): number =>
    journal.receipts.slice(before).filter((receipt) => !journal.isRead(receipt)).length;
  await journal.until(() => unread() >= LEFT_BEHIND, signal);
  await control.cue(CUES.allFails);
  journal.notes('outage');
  return `${PRIMARY.city} ${outage.words}. ${unread()} payments are stored there that nobody has read.`;
}

export async function retry({ journal }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('attempt-failed', 'primary') !== undefined, signal);
  return 'The producer tries again, and keeps what it is given meanwhile.';
}

export async function judge({ journal }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('failover-started', 'primary') !== undefined, signal);
  const because = journal.last('failover-started')?.because;
  const evidence =
    typeof because === 'object' ? `${because.failures} failures, the latest: ${because.latest}` : '';
  return `The producer judges ${PRIMARY.city} down (${evidence}) and turns to ${SECONDARY.city}.`;
}
