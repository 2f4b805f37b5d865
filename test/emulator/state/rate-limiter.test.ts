import { expect, test } from 'vitest';
import { RateLimiter } from '../../../emulator/state/rate-limiter.ts';

test('rates that nobody uses any more are not remembered', () => {
  const throttle = new RateLimiter();
  for (let name = 0; name < 100_000; name++) throttle.take(`${name}`, 1, 5, name);
  expect(throttle.size).toBeLessThan(2_000);
});
