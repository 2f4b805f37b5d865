// How many messages a second the emulator takes, in batches of 1,000 messages of 100 bytes, from four connections:
//   node test/bench/emulator-puts.ts
// Wall time shares the machine with this client; the emulator's own CPU time does not.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { Pool } from 'undici';

const BATCH = 1_000;
const SECONDS = 6;
const launch = fileURLToPath(new URL('../../emulator/launch.js', import.meta.url));
const flags = ['--json', '--port', '0', '--signatures', 'ignored', '--when-full', 'drop-oldest'];
const emulator = spawn(process.execPath, [launch, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
const [line] = (await once(emulator.stdout, 'data')) as [Buffer];
const { regions } = JSON.parse(line.toString()) as { regions: Record<string, string> };
const pool = new Pool(regions['sa-saopaulo-1'] ?? '', { connections: 4 });

async function post(path: string, body: string | Buffer): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const reply = await pool.request({ method: 'POST', path: `/20180418${path}`, body, headers });
  return reply.body.text();
}

const made = await post(
  '/streams',
  JSON.stringify({ name: 'bench', partitions: 8, compartmentId: 'ocid1.compartment.oc1..bench' }),
);
const { id } = JSON.parse(made) as { id: string };
const message = (n: number): object => ({
  key: Buffer.from(`key-${n % 64}`).toString('base64'),
  value: randomBytes(100).toString('base64'),
});
const batch = Buffer.from(JSON.stringify({ messages: Array.from({ length: BATCH }, (_, n) => message(n)) }));
const put = (): Promise<string> => post(`/streams/${id}/messages`, batch);
for (let warm = 0; warm < 200; warm++) await put();

const startedAt = performance.now();
let puts = 0;
const untilTheEnd = async (): Promise<void> => {
  for (; performance.now() - startedAt < SECONDS * 1_000; puts++) await put();
};
await Promise.all([untilTheEnd(), untilTheEnd(), untilTheEnd(), untilTheEnd()]);
const perSecond = Math.round((puts * BATCH * 1_000) / (performance.now() - startedAt));
process.stdout.write(`${perSecond.toLocaleString('en')} messages a second\n`);
emulator.kill('SIGTERM');
await pool.destroy();
