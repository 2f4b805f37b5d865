import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

import { endingOf, type Ran } from './ending.ts';

export interface PulumiOptions {
  /** The project: the folder of Pulumi.yaml. */
  readonly directory: string;
  /** Of the process; this one's own when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs `pulumi` in a project; the command line itself, since loading the Automation API would hold up messages. */
export type Pulumi = (args: readonly string[], options: PulumiOptions) => Promise<Ran>;

/** Never rejects. Ended early, it resolves when pulumi has ended: cut off at once, it would leave its lock behind. */
export const pulumi: Pulumi = async (args, { directory, environment = process.env, timeoutMs, signal }) => {
  try {
    await access(join(directory, 'Pulumi.yaml'));
  } catch {
    return { end: 'absent', because: `there is no Pulumi.yaml in ${directory}` };
  }
  if (isOver(signal)) return { end: 'failed', because: ENDED_FIRST };
  // Not spawn's own `timeout`: its timer outlives a pulumi that is not there, and holds up the end of the process.
  const tooLate = AbortSignal.timeout(Math.ceil(timeoutMs));
  try {
    const child = spawn('pulumi', [...args, '--non-interactive', '--color', 'never'], {
      cwd: directory,
      env: {
        ...environment,
        // pulumi runs the project with the `node` that it finds, and only one that strips types can: the one that runs here.
        PATH: [dirname(process.execPath), environment['PATH'] ?? ''].join(delimiter),
        PULUMI_SKIP_UPDATE_CHECK: 'true',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // SIGTERM, the default: pulumi ends the update in good order, and frees the stack.
      signal: signal === undefined ? tooLate : AbortSignal.any([signal, tooLate]),
      windowsHide: true,
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve);
      child.on('error', (error) => error.name !== 'AbortError' && reject(error));
    });
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (code === 0 || !child.killed) return endingOf(code, stdout, stderr);
    const tooLong = `it took longer than ${Math.round(timeoutMs / 1_000)} s`;
    return { end: 'failed', because: isOver(signal) ? ENDED_FIRST : tooLong };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { end: 'absent', because: 'there is no pulumi on PATH' };
    return { end: 'failed', because: message };
  }
};

const ENDED_FIRST = 'this program ended first';
const isOver = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;
