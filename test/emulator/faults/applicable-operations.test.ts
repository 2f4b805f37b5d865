import { expect, test } from 'vitest';
import { NO_FAULT } from '../../../emulator/faults/fault-plan.ts';
import { checkedRules, FaultRuleError } from '../../../emulator/faults/fault-rule.ts';
import { bookOf, call } from './book.ts';

test('calls that an effect cannot touch do not use it up', () => {
  const { plan, hits } = bookOf({ creationEnds: 'failed', count: 1 }, { fewerEntries: 1, count: 1 });
  expect(plan(call.list)).toEqual(NO_FAULT);
  expect(plan(call.get)).toEqual(NO_FAULT);
  expect(hits()).toEqual([0, 0]);
  expect(plan(call.create).creationEnds).toBe('failed');
  expect(plan(call.put).fewerEntries).toBe(1);
  expect(hits()).toEqual([1, 1]);
  expect(plan(call.put).fewerEntries).toBe(0);
});

test('entries are refused in puts, and reads in gets', () => {
  const { plan } = bookOf({ entries: { status: 429 } }, { reads: { status: 500 } });
  const touched = (operation: (typeof call)[keyof typeof call]) => {
    const { refuseEntry, refuseRead } = plan(operation);
    return [refuseEntry !== undefined, refuseRead !== undefined];
  };
  expect([call.list, call.put, call.get].map(touched)).toEqual([
    [false, false],
    [true, false],
    [false, true],
  ]);
});

test('an effect that only puts can show makes the whole rule one about puts', () => {
  const { plan, hits } = bookOf({ fewerEntries: 1, latencyMs: 5, count: 1 });
  expect(plan(call.list)).toEqual(NO_FAULT);
  expect(plan(call.get)).toEqual(NO_FAULT);
  expect(plan(call.put)).toMatchObject({ fewerEntries: 1, latencyMs: 5 });
  expect(hits()).toEqual([1]);
  expect(plan(call.put)).toEqual(NO_FAULT);
});

test('a rule of one plane leaves the calls of the other alone', () => {
  const { plan } = bookOf({ latencyMs: 5, plane: 'admin' }, { latencyMs: 7, plane: 'data' });
  expect(Object.values(call).map((operation) => plan(operation).latencyMs)).toEqual([5, 5, 7, 7]);
});

test.each([
  { creationEnds: 'failed', operation: 'ListStreams' },
  { creationEnds: 'stuck', operation: ['CreateStream', 'ListStreams'] },
  { fewerEntries: 1, operation: 'GetMessages' },
  { fewerEntries: 1, latencyMs: 5, operation: 'GetMessages' },
  { entries: { status: 429 }, operation: 'CreateStream' },
  { reads: { status: 500 }, operation: ['PutMessages'] },
  { fewerEntries: 1, latencyMs: 5, operation: ['PutMessages', 'GetMessages'] },
])('refuses $operation in a rule that cannot touch it: %j', (rule) => {
  expect(() => checkedRules(rule)).toThrow(FaultRuleError);
  expect(() => checkedRules(rule)).toThrow(/can touch/);
});

test.each([
  { creationEnds: 'failed', operation: ['CreateStream', 'CreateStreamPool'] },
  { entries: { status: 429 }, reads: { status: 500 }, operation: ['PutMessages', 'GetMessages'] },
])('takes operations that something in the rule can touch: %j', (rule) => {
  expect(checkedRules(rule)).toEqual([rule]);
});

test.each([
  [
    { entries: { status: 429 }, plane: 'admin' },
    'entries can touch PutMessages only, not an operation of the',
  ],
  [{ creationEnds: 'stuck', plane: 'data' }, 'creationEnds can touch CreateStream'],
  [
    { hang: true, plane: 'data', operation: 'CreateStream' },
    'CreateStream is not an operation of the data plane',
  ],
  [{ status: 500, count: 0 }, 'count: Invalid value: Expected >=1'],
  [{ status: 500, probability: 0 }, 'probability: Invalid value: Expected >0'],
  [{ status: 500, hang: true }, 'status, hang and reset exclude one another'],
  [{ status: 500, reset: 'after' }, 'status, hang and reset exclude one another'],
  [{ latencyMs: 1, code: 'X' }, 'code and message go with status'],
  [{ latencyMs: 1, contentType: 'text/plain' }, 'contentType goes with body'],
])('refuses what can never be, and says why: %j', (rule, message) => {
  expect(() => checkedRules(rule)).toThrow(FaultRuleError);
  expect(() => checkedRules(rule)).toThrow(message);
});
