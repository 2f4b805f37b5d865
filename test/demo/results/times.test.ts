import { describe, expect, test } from 'vitest';
import { verdictOn } from '../../../demo/results/results.ts';
import { evidence, happening, SAO_PAULO, stored } from './observations.ts';

describe('the times', () => {
  test('run from the outage to the verdict, and from there to the first message in the other region', () => {
    expect(verdictOn(evidence()).times).toMatchObject({ toVerdictMs: 3_000, toFirstStoredMs: 600 });
  });

  test('name the longest wait of a payment of the outage, and not of the calm before it', () => {
    // payment 3: handed over at 2.1 s, its receipt came at 5.61 s.
    expect(verdictOn(evidence()).times.longestWaitMs).toBe(3_510);
  });

  test('leave out what did not happen', () => {
    const happenings = [happening('outage', 2_000)];
    const ledger = [stored(SAO_PAULO, 0, 'a', 'payment 1', 1_000)];
    const receipts = [{ ...ledger[0]!, at: 1_010 }];
    expect(verdictOn(evidence({ happenings, ledger, receipts })).times).toEqual({});
    expect(verdictOn(evidence({ happenings: [] })).times).toEqual({});
  });

  test('are not those of a failover that had another cause', () => {
    const happenings = [happening('failover-started', 500), happening('outage', 2_000)];
    expect(verdictOn(evidence({ happenings })).times).not.toHaveProperty('toVerdictMs');
  });
});

describe('stranded messages', () => {
  test('are those that lay in the primary until it healed, and were received then', () => {
    const { received } = evidence();
    const late = received.map((message, n) => (n === 1 ? { ...message, at: 7_400 } : message));
    expect(verdictOn(evidence({ received: late })).stranded).toBe(1);
  });

  test('are not those that were read before, or that nobody has read yet', () => {
    expect(verdictOn(evidence()).stranded).toBe(0);
    expect(verdictOn(evidence({ received: [] })).stranded).toBe(0);
  });

  test('are not those that were stored after it had healed', () => {
    const { ledger, received } = evidence();
    const after = stored(SAO_PAULO, 2, 'a', 'payment 3', 7_500);
    const verdict = verdictOn(
      evidence({ ledger: [...ledger, after], received: [...received, { ...after, at: 7_600 }] }),
    );
    expect(verdict.stranded).toBe(0);
  });

  test('count once when they come twice', () => {
    const { received } = evidence();
    const again = { ...received[1]!, at: 7_400 };
    const verdict = verdictOn(evidence({ received: [received[0]!, ...received.slice(2), again, again] }));
    expect(verdict.stranded).toBe(1);
  });
});
