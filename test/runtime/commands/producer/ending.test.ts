import { describe, expect, test } from 'vitest';

import { producerExitCode, whatIsLeft, type RunEnd } from '../../../../runtime/commands/producer/ending.ts';

const well: RunEnd = {
  stopped: undefined,
  interruptedCode: undefined,
  isComplete: true,
  notStored: 0,
  firstNotStored: undefined,
  lastError: undefined,
  setAside: 0,
  unrecovered: 0,
  inputFailed: false,
  output: 'written',
  failedLinesProblem: undefined,
  storedInSecondary: 0,
  outbox: undefined,
};
const outbox = { directory: '/var/outbox', messages: 0, bytes: 0, isRecovering: false, lost: 0 };
const interrupted = { stopped: { type: 'interrupted' }, interruptedCode: 143 } as const;

describe('I14: the exit code of the producer, by what weighs most', () => {
  test.for([
    [{}, 0],
    [{ storedInSecondary: 1 }, 10],
    [{ notStored: 1, storedInSecondary: 1 }, 1],
    [{ inputFailed: true }, 1],
    [{ output: 'lost' }, 1],
    [{ output: { waitingBytes: 0 } }, 1],
    [{ failedLinesProblem: new Error('ENOSPC') }, 1],
    [{ stopped: { type: 'deadline' }, isComplete: false }, 1],
    [interrupted, 0],
    [{ ...interrupted, storedInSecondary: 3 }, 10],
    [{ ...interrupted, isComplete: false }, 143],
    [{ ...interrupted, notStored: 2 }, 143],
    [{ ...interrupted, interruptedCode: 130, isComplete: false }, 130],
    [{ outbox }, 0],
    [{ outbox: { ...outbox, messages: 2 } }, 13],
    [{ outbox: { ...outbox, messages: 2 }, storedInSecondary: 1 }, 13],
    [{ outbox: { ...outbox, isRecovering: true } }, 13],
    [{ outbox: { ...outbox, messages: 2 }, notStored: 1 }, 1],
    [{ ...interrupted, outbox: { ...outbox, messages: 2 } }, 13],
    [{ outbox: { ...outbox, lost: 1 } }, 1],
    [{ setAside: 1 }, 1],
    [{ unrecovered: 1 }, 1],
    [{ setAside: 1, outbox: { ...outbox, messages: 2 } }, 1],
    [{ ...interrupted, outbox: { ...outbox, lost: 1 } }, 143],
    [{ stopped: { type: 'refused', error: new Error('401') }, notStored: 5 }, 2],
  ] as const)('I14: %j', ([end, code]) => {
    expect(producerExitCode({ ...well, ...end })).toBe(code);
  });
});

describe('I14: the summary says what is left, and why', () => {
  test('I14: nothing, when all was done', () => {
    expect(whatIsLeft(well)).toEqual([]);
    expect(whatIsLeft({ ...well, ...interrupted, outbox })).toEqual([]);
  });

  test.for([
    [{ ...interrupted, isComplete: false }, 'Interrupted. The input was not read to its end.'],
    [{ stopped: { type: 'deadline' } }, 'The deadline has passed.'],
    [
      { stopped: { type: 'refused', error: new Error('401') }, isComplete: false },
      'Stopped: every later message would meet the same error. The input was not read to its end.',
    ],
    [{ notStored: 1 }, '1 message was not stored.'],
    [{ notStored: 2 }, '2 messages were not stored.'],
    [{ firstNotStored: { source: 'in.txt', line: 7 } }, 'The first line that was not stored: 7 of in.txt.'],
    [{ lastError: new Error('no region takes messages') }, 'not stored: no region takes messages'],
    [
      { outbox: { ...outbox, messages: 1 } },
      '1 message waits in /var/outbox: the next producer here sends it first, and `oci-streaming-ha outbox send` sends it now.',
    ],
    [
      { outbox: { ...outbox, isRecovering: true } },
      'A damaged file in /var/outbox is not recovered to its end yet: the next producer here, or `oci-streaming-ha outbox send`, goes on.',
    ],
    [
      { outbox: { ...outbox, lost: 3 } },
      '3 messages are lost: the files in /var/outbox were removed while they were in use.',
    ],
    [
      { setAside: 2 },
      '2 messages are in failed.jsonl of the outbox: no region takes them, or they were too old.',
    ],
    [{ unrecovered: 1 }, '1 message was not readable in a damaged outbox.'],
    [
      { output: { waitingBytes: 12 } },
      '12 bytes of receipts were not written: the reader of standard output does not read.',
    ],
    [{ failedLinesProblem: new Error('ENOSPC') }, '--failed is not complete: ENOSPC'],
  ] as const)('I14: %j', ([end, line]) => {
    expect(whatIsLeft({ ...well, ...end })).toEqual([line]);
  });
});
