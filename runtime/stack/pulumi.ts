import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How a `pulumi` command ended. */
export type Ran =
  | { readonly end: 'done'; readonly stdout: string }
  /** Another update holds the stack. */
  | { readonly end: 'busy' }
  | { readonly end: 'absent'; readonly because: string }
  | { readonly end: 'failed'; readonly because: string };

export interface PulumiOptions {
  /** The project: the folder of Pulumi.yaml. */
  readonly directory: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs `pulumi` in a project; the command line itself, since loading the Automation API would hold up messages. */
export type Pulumi = (args: readonly string[], options: PulumiOptions) => Promise<Ran>;

export const pulumi: Pulumi = async (args, { directory, timeoutMs, signal }) => {
  try {
    await access(join(directory, 'Pulumi.yaml'));
  } catch {
    return { end: 'absent', because: `there is no Pulumi.yaml in ${directory}` };
  }
  try {
    const options = {
      cwd: directory,
      timeout: timeoutMs,
      signal,
      windowsHide: true,
      maxBuffer: 16 * 1024 ** 2,
    };
    const { stdout } = await promisify(execFile)('pulumi', [...args, '--non-interactive'], options);
    return { end: 'done', stdout };
  } catch (error) {
    return ending(error as NodeJS.ErrnoException & { stdout?: string; stderr?: string; killed?: boolean });
  }
};

function ending(error: NodeJS.ErrnoException & { stdout?: string; stderr?: string; killed?: boolean }): Ran {
  if (error.code === 'ENOENT') return { end: 'absent', because: 'there is no pulumi on PATH' };
  const said = `${error.stderr ?? ''}\n${error.stdout ?? ''}`;
  // The service's words, and those of a file backend.
  if (/another update is currently in progress|currently locked by/i.test(said)) return { end: 'busy' };
  if (/no stack selected|no stack named/i.test(said))
    return { end: 'absent', because: 'no stack is selected' };
  const line = said.split('\n').find((text) => /error/i.test(text)) ?? error.message;
  return { end: 'failed', because: error.killed === true ? 'it took too long' : line.trim() };
}
