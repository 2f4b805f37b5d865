// The limit of a pipe: the lines of standard input, put by undici alone in batches of 1,000. Its argument is a place.
import { stdin } from 'node:process';

import { Pool } from 'undici';

import type { Place } from '../emulated.ts';
import { BASE } from '../work.ts';
import { CONCURRENCY } from './rival.ts';

const { endpoint, streamOcid } = JSON.parse(process.argv[2] ?? '') as Place;
const pool = new Pool(endpoint, { connections: CONCURRENCY });
const running = new Set<Promise<void>>();

async function put(lines: readonly string[]): Promise<void> {
  const messages = lines.map((line) => ({ value: Buffer.from(line).toString('base64') }));
  const reply = await pool.request({
    method: 'POST',
    path: `/20180418/streams/${streamOcid}/messages`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages }),
  });
  const text = await reply.body.text();
  if (reply.statusCode !== 200 || !text.includes('"failures":0')) throw new Error(text.slice(0, 200));
}

async function offer(lines: readonly string[]): Promise<void> {
  if (running.size === CONCURRENCY) await Promise.race(running);
  const each = put(lines).finally(() => running.delete(each));
  running.add(each);
}

let rest = '';
let batch: string[] = [];
for await (const chunk of stdin.setEncoding('latin1') as AsyncIterable<string>) {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    batch.push(line);
    if (batch.length < BASE.batch) continue;
    await offer(batch);
    batch = [];
  }
}
if (batch.length > 0) await offer(batch);
await Promise.all(running);
await pool.close();
