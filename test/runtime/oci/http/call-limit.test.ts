import { expect, it } from 'vitest';

import { callLimitMs } from '../../../../runtime/oci/http/index.ts';

it('A8: gives a second more for each 256 KiB of body', () => {
  const KiB = 1024;
  expect(callLimitMs(2_000, 0)).toBe(2_000);
  expect(callLimitMs(2_000, 256 * KiB - 1)).toBe(2_000);
  expect(callLimitMs(2_000, 256 * KiB)).toBe(3_000);
  expect(callLimitMs(2_000, 1_400 * KiB)).toBe(7_000);
});
