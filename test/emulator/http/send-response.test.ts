import { fetch } from 'undici';
import { expect, test } from 'vitest';
import { startEmulator } from '../../../emulator/index.ts';

test('every answer carries the request id of its call and a date', async () => {
  await using emulator = await startEmulator();
  const reply = await fetch(`${emulator.regions['sa-saopaulo-1']}/20180418/nothing`, {
    headers: { 'opc-request-id': 'mine' },
  });
  expect(reply.status).toBe(404);
  expect(reply.headers.get('opc-request-id')).toMatch(/^mine\/[0-9A-F]{32}\/[0-9A-F]{32}$/);
  expect(reply.headers.get('date')).toMatch(/ GMT$/);
});
