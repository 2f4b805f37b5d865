import type { LoggedEvent, LedgerEntry, SentMessage } from '../../../demo/journal/entries.ts';
import type { Observations } from '../../../demo/results/results.ts';

export const SAO_PAULO = 'sa-saopaulo-1';
export const VINHEDO = 'sa-vinhedo-1';

/** Everything at its best: four payments of two accounts, two in each region, each stored and received once. */
export function observations(changes: Partial<Observations> = {}): Observations {
  const ledger = [
    stored(SAO_PAULO, 0, 'a', 'payment 1', 1_000),
    stored(SAO_PAULO, 1, 'b', 'payment 2', 1_010),
    stored(VINHEDO, 0, 'a', 'payment 3', 5_600),
    stored(VINHEDO, 1, 'b', 'payment 4', 5_610),
  ];
  return {
    sent: [
      sent('a', 'payment 1', 990),
      sent('b', 'payment 2', 1_000),
      sent('a', 'payment 3', 2_100),
      sent('b', 'payment 4', 4_000),
    ],
    receipts: ledger.map((entry) => ({ ...entry, at: entry.at + 10 })),
    diskReceipts: [],
    ledger,
    received: ledger.map((entry) => ({ ...entry, at: entry.at + 100 })),
    events: [event('outage', 2_000), event('failover-started', 5_000), event('healed', 7_000)],
    ...changes,
  };
}

export function sent(key: string, value: string, at = 0): SentMessage {
  return { key, value, at };
}

export function stored(region: string, offset: number, key: string, value: string, at = 0): LedgerEntry {
  return { region, partition: '0', offset, key, value, at };
}

export function event(type: string, at: number): LoggedEvent {
  return { who: 'demo', type, at, message: '' };
}
