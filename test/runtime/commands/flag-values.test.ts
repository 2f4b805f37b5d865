import { expect, test } from 'vitest';

import { bytesOfFlag } from '../../../runtime/commands/flag-values.ts';

test('I6: escapes of a flag', () => {
  expect(Buffer.from(bytesOfFlag('-K', String.raw`\t`)).toString()).toBe('\t');
  expect([...bytesOfFlag('-K', String.raw`\x1f\0\\é`)]).toEqual([0x1f, 0, 0x5c, 0xc3, 0xa9]);
  for (const wrong of [String.raw`\q`, '\\', String.raw`\x1`, '']) {
    expect(() => bytesOfFlag('-K', wrong)).toThrow(/-K/);
  }
});
