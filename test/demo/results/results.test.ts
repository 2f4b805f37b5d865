import { describe, expect, test } from 'vitest';
import { isComplete, resultsOf } from '../../../demo/results/results.ts';
import { observations, SAO_PAULO, sent, stored, VINHEDO } from './observations.ts';

describe('the verdict', () => {
  test('is whole when every message was stored and received', () => {
    const verdict = resultsOf(observations());
    expect(verdict).toMatchObject({
      sent: 4,
      stored: 4,
      storedIn: { [SAO_PAULO]: 2, [VINHEDO]: 2 },
      received: 4,
      receivedFrom: { [SAO_PAULO]: 2, [VINHEDO]: 2 },
      lost: 0,
      unseen: 0,
      unfounded: 0,
      copies: { stored: 0, received: 0 },
      outOfOrder: { stored: 0, received: 0 },
    });
    expect(isComplete(verdict)).toBe(true);
  });

  test('finds a message that no region holds', () => {
    const { ledger, received, receipts } = observations();
    const verdict = resultsOf(
      observations({
        ledger: ledger.slice(0, 3),
        received: received.slice(0, 3),
        receipts: receipts.slice(0, 3),
      }),
    );
    expect(verdict).toMatchObject({ lost: 1, unseen: 0, unfounded: 0, stored: 3, received: 3 });
    expect(isComplete(verdict)).toBe(false);
  });

  test('finds a receipt for what no region holds', () => {
    const verdict = resultsOf(observations({ ledger: observations().ledger.slice(1) }));
    expect(verdict).toMatchObject({ lost: 1, unfounded: 1 });
    expect(isComplete(verdict)).toBe(false);
  });

  test('finds a message that is stored and was never received', () => {
    const verdict = resultsOf(observations({ received: observations().received.slice(1) }));
    expect(verdict).toMatchObject({ lost: 0, unseen: 1, stored: 4, received: 3 });
    expect(isComplete(verdict)).toBe(false);
  });

  test('takes a message that came back under another key for lost', () => {
    const [first, ...others] = observations().ledger;
    const verdict = resultsOf(observations({ ledger: [{ ...first!, key: 'b' }, ...others] }));
    expect(verdict.lost).toBe(1);
  });

  test('takes a message that came back with another value for lost', () => {
    const [first, ...others] = observations().ledger;
    const verdict = resultsOf(observations({ ledger: [{ ...first!, value: 'payment 1 ' }, ...others] }));
    expect(verdict.lost).toBe(1);
  });

  test('counts a message that both regions hold once, and its other one as a copy', () => {
    const ledger = [
      stored(SAO_PAULO, 0, 'a', 'payment 1'),
      stored(SAO_PAULO, 1, 'b', 'payment 2'),
      stored(VINHEDO, 0, 'b', 'payment 2'),
      stored(VINHEDO, 1, 'a', 'payment 3'),
      stored(VINHEDO, 2, 'b', 'payment 4'),
    ];
    const verdict = resultsOf(observations({ ledger, receipts: ledger, received: ledger }));
    expect(verdict).toMatchObject({
      stored: 4,
      storedIn: { [SAO_PAULO]: 2, [VINHEDO]: 3 },
      lost: 0,
      copies: { stored: 1, received: 1 },
      outOfOrder: { stored: 0, received: 0 },
    });
    expect(isComplete(verdict)).toBe(true);
  });

  test('counts a message that came twice from one position as a copy that was received', () => {
    const { received: read } = observations();
    expect(resultsOf(observations({ received: [...read, read[0]!] })).copies).toEqual({
      stored: 0,
      received: 1,
    });
  });

  test('leaves out what others sent', () => {
    const foreign = stored(VINHEDO, 7, 'x', 'somebody else');
    const { ledger, received: read } = observations();
    const verdict = resultsOf(observations({ ledger: [...ledger, foreign], received: [...read, foreign] }));
    expect(verdict).toMatchObject({ stored: 4, received: 4, copies: { stored: 0, received: 0 } });
  });

  test('finds messages of a key that are stored in the wrong order', () => {
    const ledger = [
      stored(VINHEDO, 0, 'a', 'payment 3'),
      stored(VINHEDO, 1, 'b', 'payment 2'),
      stored(VINHEDO, 2, 'a', 'payment 1'),
      stored(VINHEDO, 3, 'b', 'payment 4'),
    ];
    const verdict = resultsOf(observations({ ledger, receipts: ledger, received: ledger }));
    expect(verdict.outOfOrder).toEqual({ stored: 1, received: 1 });
  });

  test('finds messages of a key that are received in the wrong order', () => {
    const ledger = [
      stored(VINHEDO, 0, 'a', 'payment 1'),
      stored(VINHEDO, 1, 'b', 'payment 2'),
      stored(VINHEDO, 2, 'a', 'payment 3'),
      stored(VINHEDO, 3, 'b', 'payment 4'),
    ];
    const read = [
      stored(VINHEDO, 2, 'a', 'payment 3'),
      stored(VINHEDO, 0, 'a', 'payment 1'),
      stored(VINHEDO, 1, 'b', 'payment 2'),
      stored(VINHEDO, 3, 'b', 'payment 4'),
    ];
    const verdict = resultsOf(observations({ ledger, receipts: ledger, received: read }));
    expect(verdict.outOfOrder).toEqual({ stored: 0, received: 1 });
  });

  test('knows no order between the regions, nor between keys', () => {
    const { ledger } = observations();
    const verdict = resultsOf(observations({ received: [ledger[3]!, ledger[2]!, ledger[1]!, ledger[0]!] }));
    expect(verdict.outOfOrder).toEqual({ stored: 0, received: 0 });
  });

  test('says nothing of what was not sent at all', () => {
    const verdict = resultsOf({
      sent: [],
      receipts: [],
      diskReceipts: [],
      ledger: [],
      received: [],
      events: [],
    });
    expect(verdict).toMatchObject({ sent: 0, lost: 0, stranded: 0, times: {} });
  });

  test('finds one message lost among ten thousand', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => sent(`key ${n % 12}`, `payment ${n}`));
    const ledger = many.map(({ key, value }, offset) => stored(SAO_PAULO, offset, key, value));
    const received = ledger.toSpliced(7_777, 1);
    expect(
      resultsOf({ sent: many, receipts: ledger, diskReceipts: [], ledger, received, events: [] }),
    ).toMatchObject({
      sent: 10_000,
      lost: 0,
      unseen: 1,
      outOfOrder: { stored: 0, received: 0 },
    });
  });
});
