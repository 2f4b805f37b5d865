import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readDeadLetter, writeDeadLetter, type DeadLetter } from '../../../runtime/core/dead-letter.ts';
import { anyText } from '../../support/cases.ts';

const LETTER: DeadLetter = {
  id: 'ocid1.stream.oc1..a/0/7',
  reason: 'no such "customer"',
  attempts: 5,
  first: { region: 'sa-saopaulo-1', stream: 'ocid1.stream.oc1..a', partition: '0', offset: 7 },
};
const TIME = '2026-11-26T12:00:00.000Z';

const write = (value: Uint8Array, letter = LETTER): Buffer => writeDeadLetter(letter, 'billing', TIME, value);

describe('a dead letter', () => {
  test('H7: is a CloudEvent with the reason, the first position and the attempts', () => {
    expect(JSON.parse(write(Buffer.from('{"a":1}')).toString())).toEqual({
      specversion: '1.0',
      type: 'oci-streaming-ha.dead-letter',
      source: 'billing',
      id: LETTER.id,
      time: TIME,
      reason: LETTER.reason,
      attempts: 5,
      region: 'sa-saopaulo-1',
      stream: 'ocid1.stream.oc1..a',
      partition: '0',
      offset: '7',
      datacontenttype: 'text/plain; charset=utf-8',
      data: '{"a":1}',
    });
  });

  test('H7: gives the bytes back as they were, whatever they and the reason are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), anyText(), fc.nat(), (value, reason, offset) => {
        const letter = { ...LETTER, reason, first: { ...LETTER.first, offset } };
        const found = readDeadLetter(write(value, letter));
        expect(Buffer.from(found!.value).equals(value)).toBe(true);
        expect(found!.letter).toEqual(letter);
      }),
    );
  });

  test('H7: keeps the beginning of a reason that is long: it takes room from the value', () => {
    const letter = { ...LETTER, reason: 'x'.repeat(5_000) };
    expect(readDeadLetter(write(Buffer.from('v'), letter))?.letter.reason).toBe('x'.repeat(1_000));
  });

  test('H13: another value, or a part of one, is none', () => {
    const whole = write(Buffer.from('value'));
    for (let length = 0; length < whole.byteLength; length++) {
      expect(readDeadLetter(whole.subarray(0, length))).toBeUndefined();
    }
    const altered = (attributes: object): Buffer =>
      Buffer.from(JSON.stringify({ ...(JSON.parse(whole.toString()) as object), ...attributes }));
    expect(readDeadLetter(altered({}))).toBeDefined();
    const offsets = ['x', '', ' 1', '-1', '1e3', '1.0', '9007199254740992', 7].map((offset) => ({ offset }));
    for (const attributes of [{ id: '' }, { reason: 1 }, { attempts: '5' }, { region: 0 }, ...offsets]) {
      expect(readDeadLetter(altered(attributes))).toBeUndefined();
    }
  });
});
