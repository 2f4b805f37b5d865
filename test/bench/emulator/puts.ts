import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Pool, request } from 'undici';

import { AS_USERS_RUN_IT, WITH_PARENT } from '../emulated.ts';

/** Messages in one put, of 100 bytes each. */
export const BATCH = 1_000;
const CONNECTIONS = 4;
const FLAGS = ['--json', '--port', '0', '--signatures', 'ignored', '--when-full', 'drop-oldest'];
/** A process that takes puts: the emulator, or the bare server that shows what reading and answering alone would cost. */
export const EMULATOR = ['../../../emulator/launch.js', ...FLAGS];
export const BARE_SERVER = ['./bare-server.ts'];

export interface Putter {
  /** Puts so many batches over four connections. Returns the milliseconds that it took. */
  put(batches: number): Promise<number>;
  /** Memory that the process holds (RSS). */
  residentMiB(): Promise<number>;
  /** Moves the emulator's clock. */
  advance(ms: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Ready {
  readonly regions: Record<string, string>;
  readonly control?: string;
}

export async function openPutter([file = '', ...flags]: readonly string[]): Promise<Putter> {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const server = spawn(process.execPath, [...WITH_PARENT, program, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: AS_USERS_RUN_IT,
  });
  const ended = once(server, 'exit');
  const [line] = (await once(server.stdout!, 'data')) as [Buffer];
  const { regions, control = '' } = JSON.parse(line.toString()) as Ready;
  const pool = new Pool(regions['sa-saopaulo-1'] ?? '', { connections: CONNECTIONS });
  const post = async (path: string, body: string | Buffer): Promise<string> => {
    const headers = { 'content-type': 'application/json' };
    const reply = await pool.request({ method: 'POST', path: `/20180418${path}`, body, headers });
    return reply.body.text();
  };

  const stream = { name: 'bench', partitions: 8, compartmentId: 'ocid1.compartment.oc1..bench' };
  const { id } = JSON.parse(await post('/streams', JSON.stringify(stream))) as { id: string };
  const message = (n: number): object => ({
    key: Buffer.from(`key-${n % 64}`).toString('base64'),
    value: randomBytes(100).toString('base64'),
  });
  const batch = Buffer.from(
    JSON.stringify({ messages: Array.from({ length: BATCH }, (_, n) => message(n)) }),
  );
  return {
    async put(batches) {
      const startedAt = performance.now();
      let left = batches;
      const oneAfterTheOther = async (): Promise<void> => {
        while (left-- > 0) await post(`/streams/${id}/messages`, batch);
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, oneAfterTheOther));
      return performance.now() - startedAt;
    },
    async residentMiB() {
      const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', `${server.pid}`]);
      return Number(stdout) / 1024;
    },
    async advance(ms) {
      const { statusCode, body } = await request(`${control}/clock`, {
        method: 'PUT',
        body: JSON.stringify({ advanceMs: ms }),
      });
      if (statusCode !== 200) throw new Error(`the clock was not moved: ${await body.text()}`);
      await body.dump();
    },
    async [Symbol.asyncDispose]() {
      await pool.destroy();
      server.kill('SIGTERM');
      await ended;
    },
  };
}

/**
 * Messages a second of each server, side by side: rounds take turns, so that what else the machine does hits both alike,
 * and the middle round of each counts.
 */
export async function messagesPerSecond(
  putters: readonly Putter[],
  rounds: number,
  batches: number,
): Promise<number[]> {
  const times = putters.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, putter] of putters.entries()) {
      const ms = await putter.put(batches);
      // The first round warms up.
      if (round > 0) times[index]!.push(ms);
    }
  }
  return times.map((all) => (batches * BATCH * 1_000) / all.sort((a, b) => a - b)[rounds >> 1]!);
}
