import { cityOf, PRIMARY, SECONDARY } from '../demo-regions.ts';
import { isComplete, type Results } from './results.ts';

/** One row of the table of results. */
export interface TableRow {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly mark: 'good' | 'bad' | 'plain';
}

/** The results as a table. */
export function resultsTable(verdict: Results): TableRow[] {
  const { lost, unseen, unfounded, copies, outOfOrder, times } = verdict;
  return [
    row('sent', verdict.sent, 'handed to the producer'),
    row('stored', verdict.stored, inCities(verdict.storedIn)),
    row('received', verdict.received, inCities(verdict.receivedFrom)),
    judged('lost', lost + unseen, isComplete(verdict), missing({ lost, unseen, unfounded })),
    row('copies', Math.max(copies.stored, copies.received), copiesNote(copies)),
    judged(
      'out of order',
      outOfOrder.stored + outOfOrder.received,
      outOfOrder.stored + outOfOrder.received === 0,
      'per key, within a region, as stored and as received',
    ),
    row(
      'stranded',
      verdict.stranded,
      `left unread in ${PRIMARY.city} by the outage, read when it was well again`,
    ),
    row('outage to verdict', seconds(times.toVerdictMs), `until ${PRIMARY.city} was judged down`),
    row(
      'verdict to first stored',
      seconds(times.toFirstStoredMs),
      times.toFirstStoredMs === undefined
        ? `${SECONDARY.city} was not needed`
        : `a stream was made in ${SECONDARY.city} in that time`,
    ),
    row('longest wait', seconds(times.longestWaitMs), 'of a payment for its receipt'),
  ];
}

function row(label: string, value: string | number, note: string): TableRow {
  return { label, value: String(value), note, mark: 'plain' };
}

function judged(label: string, value: number, good: boolean, note: string): TableRow {
  return { ...row(label, value, note), mark: good ? 'good' : 'bad' };
}

function missing({ lost, unseen, unfounded }: Pick<Results, 'lost' | 'unseen' | 'unfounded'>): string {
  const parts = [
    ...(lost > 0 ? [`in no region: ${lost}`] : []),
    ...(unseen > 0 ? [`stored and never received: ${unseen}`] : []),
    ...(unfounded > 0 ? [`receipts for what no region holds: ${unfounded}`] : []),
  ];
  return parts.length === 0 ? 'every receipt found in the ledger' : parts.join(', ');
}

function copiesNote({ stored, received }: Results['copies']): string {
  if (stored + received === 0) return 'stored once, received once';
  return `stored again ${stored}, received again ${received}: a reply that was lost may be a message that was stored`;
}

function inCities(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([region, count]) => `${cityOf(region)} ${count}`)
    .join(', ');
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(ms / 1_000).toFixed(1)} s`;
}
