import { expect, test } from 'vitest';
import { startEmulator } from '../../../emulator/index.ts';
import { ask } from './ask.ts';

test.each([1e18, -1e18])('the clock is not moved by %d ms, and goes on', async (advanceMs) => {
  await using emulator = await startEmulator();
  expect(await ask(emulator, 'PUT', '/clock', { advanceMs })).toMatchObject({ status: 400 });
  expect(JSON.parse((await ask(emulator, 'GET', '/clock')).text)).toMatchObject({ aheadMs: 0 });
});

test('the clock is moved by an amount or to a time', async () => {
  await using emulator = await startEmulator();
  const before = emulator.clock.now();
  expect((await ask(emulator, 'PUT', '/clock', { advanceMs: 3_600_000 })).status).toBe(200);
  expect(emulator.clock.now() - before).toBeGreaterThanOrEqual(3_600_000);
  await ask(emulator, 'PUT', '/clock', { now: '2030-01-01T00:00:00.000Z' });
  expect(emulator.state().now).toMatch(/^2030-01-01T00:00:0/);
  expect((await ask(emulator, 'PUT', '/clock', { now: 'noon' })).status).toBe(400);
  expect(await ask(emulator, 'PUT', '/clock', { now: '2030-02-30T12:00:00.000Z' })).toMatchObject({
    status: 400,
    text: '{"message":"The body must be {\\"advanceMs\\": number} or {\\"now\\": RFC 3339 time}"}\n',
  });
});
