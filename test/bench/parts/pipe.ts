import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import type { Sample } from '../comparison.ts';
import { fresh } from '../contestants.ts';
import { AS_USERS_RUN_IT, EmulatorProcess, environmentOf, type Place } from '../emulated.ts';
import { inDirectory } from '../../support/in-directory.ts';
import { PARTITIONS, type Part } from './part.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const USAGE = pathOf('../usage.ts');
const PRODUCER = pathOf('../../../runtime/launch.js');
const BARE_PIPE = pathOf('../rivals/bare-pipe.ts');

export const pipe: Part = {
  about: 'the command line, fed by a pipe; the whole process, start and end',
  async run({ compare, isQuick }) {
    const lines = isQuick ? 100_000 : 1_000_000;
    await using emulator = await EmulatorProcess.start();
    const place = await emulator.stream('pipe', PARTITIONS);
    await compare({
      id: 'pipe/seq',
      work: `seq ${lines} | producer -`,
      figures: ['perSecond', 'cpuPerMillion', 'residentMiB'],
      contestants: [
        fresh('this project', () =>
          inDirectory((directory) => piped(place, lines, [PRODUCER, 'producer', '-', '--quiet'], directory)),
        ),
        fresh('bare undici', () =>
          inDirectory((directory) => piped(place, lines, [BARE_PIPE, JSON.stringify(place)], directory)),
        ),
      ],
      rounds: isQuick ? 1 : 3,
    });
  },
};

/** `residentMiB` is the peak. */
async function piped(
  place: Place,
  lines: number,
  program: readonly string[],
  directory: string,
): Promise<Sample> {
  const startedAt = performance.now();
  const command = 'seq "$1" | { shift; exec "$@"; }';
  const node = [process.execPath, '--import', USAGE, ...program];
  const child = spawn('sh', ['-c', command, 'sh', String(lines), ...node], {
    cwd: directory,
    env: { ...AS_USERS_RUN_IT, ...environmentOf(place) },
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const [usage, [code]] = await Promise.all([text(child.stdio[3] as Readable), once(child, 'exit')]);
  const ms = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${program.join(' ')} ended with ${String(code)}`);
  const { cpuMs, residentMiB } = JSON.parse(usage) as { cpuMs: number; residentMiB: number };
  return { perSecond: (lines * 1_000) / ms, cpuPerMillion: (cpuMs * 1_000) / lines, residentMiB };
}
