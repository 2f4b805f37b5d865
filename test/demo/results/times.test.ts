import { describe, expect, test } from 'vitest';
import { resultsOf } from '../../../demo/results/results.ts';
import { observations, event, SAO_PAULO, sent, stored } from './observations.ts';

describe('the times', () => {
  test('run from the outage to the verdict, and from there to the first message in the other region', () => {
    expect(resultsOf(observations()).times).toMatchObject({ toVerdictMs: 3_000, toFirstStoredMs: 600 });
  });

  test('name the longest wait of a payment of the outage, and not of the calm before it', () => {
    // payment 3: handed over at 2.1 s, its receipt came at 5.61 s.
    expect(resultsOf(observations()).times.longestWaitMs).toBe(3_510);
  });

  test('name the wait of a payment that went to disk, until it was there', () => {
    const diskReceipts = [sent('a', 'payment 5', 7_000)];
    const all = [...observations().sent, sent('a', 'payment 5', 3_000)];
    expect(resultsOf(observations({ sent: all, diskReceipts })).times.longestWaitMs).toBe(4_000);
  });

  test('leave out what did not happen', () => {
    const events = [event('outage', 2_000)];
    const ledger = [stored(SAO_PAULO, 0, 'a', 'payment 1', 1_000)];
    const receipts = [{ ...ledger[0]!, at: 1_010 }];
    expect(resultsOf(observations({ events, ledger, receipts })).times).toEqual({});
    expect(resultsOf(observations({ events: [] })).times).toEqual({});
  });

  test('are not those of a failover that had another cause', () => {
    const events = [event('failover-started', 500), event('outage', 2_000)];
    expect(resultsOf(observations({ events })).times).not.toHaveProperty('toVerdictMs');
  });
});

describe('stranded messages', () => {
  test('are those that lay in the primary until it healed, and were received then', () => {
    const { received } = observations();
    const late = received.map((message, n) => (n === 1 ? { ...message, at: 7_400 } : message));
    expect(resultsOf(observations({ received: late })).stranded).toBe(1);
  });

  test('are not those that were read before, or that nobody has read yet', () => {
    expect(resultsOf(observations()).stranded).toBe(0);
    expect(resultsOf(observations({ received: [] })).stranded).toBe(0);
  });

  test('are not those that were stored after it had healed', () => {
    const { ledger, received } = observations();
    const after = stored(SAO_PAULO, 2, 'a', 'payment 3', 7_500);
    const verdict = resultsOf(
      observations({ ledger: [...ledger, after], received: [...received, { ...after, at: 7_600 }] }),
    );
    expect(verdict.stranded).toBe(0);
  });

  test('count once when they come twice', () => {
    const { received } = observations();
    const again = { ...received[1]!, at: 7_400 };
    const verdict = resultsOf(observations({ received: [received[0]!, ...received.slice(2), again, again] }));
    expect(verdict.stranded).toBe(1);
  });
});
