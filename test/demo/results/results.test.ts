import { describe, expect, test } from 'vitest';
import { isWhole, verdictOn } from '../../../demo/results/results.ts';
import { evidence, SAO_PAULO, sent, stored, VINHEDO } from './observations.ts';

describe('the verdict', () => {
  test('is whole when every message was stored and received', () => {
    const verdict = verdictOn(evidence());
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
    expect(isWhole(verdict)).toBe(true);
  });

  test('finds a message that no region holds', () => {
    const { ledger, received, receipts } = evidence();
    const verdict = verdictOn(
      evidence({
        ledger: ledger.slice(0, 3),
        received: received.slice(0, 3),
        receipts: receipts.slice(0, 3),
      }),
    );
    expect(verdict).toMatchObject({ lost: 1, unseen: 0, unfounded: 0, stored: 3, received: 3 });
    expect(isWhole(verdict)).toBe(false);
  });

  test('finds a receipt for what no region holds', () => {
    const verdict = verdictOn(evidence({ ledger: evidence().ledger.slice(1) }));
    expect(verdict).toMatchObject({ lost: 1, unfounded: 1 });
    expect(isWhole(verdict)).toBe(false);
  });

  test('finds a message that is stored and was never received', () => {
    const verdict = verdictOn(evidence({ received: evidence().received.slice(1) }));
    expect(verdict).toMatchObject({ lost: 0, unseen: 1, stored: 4, received: 3 });
    expect(isWhole(verdict)).toBe(false);
  });

  test('takes a message that came back under another key for lost', () => {
    const [first, ...others] = evidence().ledger;
    const verdict = verdictOn(evidence({ ledger: [{ ...first!, key: 'b' }, ...others] }));
    expect(verdict.lost).toBe(1);
  });

  test('takes a message that came back with another value for lost', () => {
    const [first, ...others] = evidence().ledger;
    const verdict = verdictOn(evidence({ ledger: [{ ...first!, value: 'payment 1 ' }, ...others] }));
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
    const verdict = verdictOn(evidence({ ledger, receipts: ledger, received: ledger }));
    expect(verdict).toMatchObject({
      stored: 4,
      storedIn: { [SAO_PAULO]: 2, [VINHEDO]: 3 },
      lost: 0,
      copies: { stored: 1, received: 1 },
      outOfOrder: { stored: 0, received: 0 },
    });
    expect(isWhole(verdict)).toBe(true);
  });

  test('counts a message that came twice from one position as a copy that was received', () => {
    const { received: read } = evidence();
    expect(verdictOn(evidence({ received: [...read, read[0]!] })).copies).toEqual({ stored: 0, received: 1 });
  });

  test('leaves out what others sent', () => {
    const foreign = stored(VINHEDO, 7, 'x', 'somebody else');
    const { ledger, received: read } = evidence();
    const verdict = verdictOn(evidence({ ledger: [...ledger, foreign], received: [...read, foreign] }));
    expect(verdict).toMatchObject({ stored: 4, received: 4, copies: { stored: 0, received: 0 } });
  });

  test('finds messages of a key that are stored in the wrong order', () => {
    const ledger = [
      stored(VINHEDO, 0, 'a', 'payment 3'),
      stored(VINHEDO, 1, 'b', 'payment 2'),
      stored(VINHEDO, 2, 'a', 'payment 1'),
      stored(VINHEDO, 3, 'b', 'payment 4'),
    ];
    const verdict = verdictOn(evidence({ ledger, receipts: ledger, received: ledger }));
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
    const verdict = verdictOn(evidence({ ledger, receipts: ledger, received: read }));
    expect(verdict.outOfOrder).toEqual({ stored: 0, received: 1 });
  });

  test('knows no order between the regions, nor between keys', () => {
    const { ledger } = evidence();
    const verdict = verdictOn(evidence({ received: [ledger[3]!, ledger[2]!, ledger[1]!, ledger[0]!] }));
    expect(verdict.outOfOrder).toEqual({ stored: 0, received: 0 });
  });

  test('says nothing of what was not sent at all', () => {
    const verdict = verdictOn({ sent: [], receipts: [], ledger: [], received: [], happenings: [] });
    expect(verdict).toMatchObject({ sent: 0, lost: 0, stranded: 0, times: {} });
  });

  test('finds one message lost among ten thousand', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => sent(`key ${n % 12}`, `payment ${n}`));
    const ledger = many.map(({ key, value }, offset) => stored(SAO_PAULO, offset, key, value));
    const received = ledger.toSpliced(7_777, 1);
    expect(verdictOn({ sent: many, receipts: ledger, ledger, received, happenings: [] })).toMatchObject({
      sent: 10_000,
      lost: 0,
      unseen: 1,
      outOfOrder: { stored: 0, received: 0 },
    });
  });
});
