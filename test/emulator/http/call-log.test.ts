import { fetch } from 'undici';
import { expect, test } from 'vitest';
import { startEmulator } from '../../../emulator/index.ts';

test('the access log has a line for each call: when, where, what, how it ended', async () => {
  const lines: string[] = [];
  await using emulator = await startEmulator({ log: (line) => lines.push(line) });
  const url = `${emulator.regions['sa-vinhedo-1']}/20180418`;
  await fetch(`${url}/streams?compartmentId=a`, { headers: { 'opc-request-id': 'mine' } });
  await fetch(`${url}/nothing`);
  expect(lines).toEqual([
    expect.stringMatching(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z sa-vinhedo-1 ListStreams 200 GET \/20180418\/streams\?compartmentId=a mine$/,
    ),
    expect.stringMatching(/ sa-vinhedo-1 unknown 404 GET \/20180418\/nothing -$/),
  ]);
});
