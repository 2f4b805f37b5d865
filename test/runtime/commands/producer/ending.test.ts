import { describe, expect, test } from 'vitest';

import { producerExitCode, type RunEnd } from '../../../../runtime/commands/producer/ending.ts';

const well: RunEnd = {
  stopped: undefined,
  interruptedCode: undefined,
  isComplete: true,
  notStored: 0,
  inputFailed: false,
  outputLost: false,
  failedLinesIncomplete: false,
  storedInSecondary: 0,
  inOutbox: 0,
  lost: 0,
};
const interrupted = { stopped: { type: 'interrupted' }, interruptedCode: 143 } as const;

describe('I14: the exit code of the producer, by what weighs most', () => {
  test.for([
    [{}, 0],
    [{ storedInSecondary: 1 }, 10],
    [{ notStored: 1, storedInSecondary: 1 }, 1],
    [{ inputFailed: true }, 1],
    [{ outputLost: true }, 1],
    [{ failedLinesIncomplete: true }, 1],
    [{ stopped: { type: 'deadline' }, isComplete: false }, 1],
    [interrupted, 0],
    [{ ...interrupted, storedInSecondary: 3 }, 10],
    [{ ...interrupted, isComplete: false }, 143],
    [{ ...interrupted, notStored: 2 }, 143],
    [{ ...interrupted, interruptedCode: 130, isComplete: false }, 130],
    [{ stopped: { type: 'refused', error: new Error('401') }, notStored: 5 }, 2],
  ] as const)('I14: %j', ([end, code]) => {
    expect(producerExitCode({ ...well, ...end })).toBe(code);
  });
});
