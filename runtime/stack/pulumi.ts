import { spawn, type ChildProcess } from 'node:child_process';
import { access } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

import { systemClock, type Clock } from '../clock.ts';

/** How a `pulumi` command ended. */
export type PulumiResult =
  | { readonly type: 'done'; readonly stdout: string }
  /** Another update holds the stack. */
  | { readonly type: 'busy' }
  /** A preview found changes although it expected none, or an update would have done more than its preview showed. */
  | { readonly type: 'changes' }
  /** There is no stack here. */
  | { readonly type: 'absent'; readonly because: string }
  /** `silent`: pulumi failed without a reason. */
  | { readonly type: 'failed'; readonly because: string; readonly silent?: true };

export interface PulumiOptions {
  /** The directory of Pulumi.yaml. */
  readonly directory: string;
  /** The environment of the process. Default: that of this one. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly timeoutMs: number;
  /** How long pulumi may take to end and release the stack after SIGTERM; then it is killed. Default 500. */
  readonly graceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/** Runs `pulumi` in a project. The command, because loading the Automation API would delay messages. */
export type Pulumi = (args: readonly string[], options: PulumiOptions) => Promise<PulumiResult>;

const GRACE_MS = 500;
/**
 * Output that is still in the pipes is read in milliseconds; a process that pulumi left behind may keep them open for
 * ever.
 */
const DRAIN_MS = 250;
/** The longest output that is kept, in characters. The outputs of a stack have some kilobytes. */
const MAX_OUTPUT = 4 * 1024 * 1024;
const ENDED_FIRST = 'this program ended first';

/**
 * Never rejects, and never takes longer than `timeoutMs`, `graceMs` and half a second. pulumi gets its own process
 * group: on SIGTERM it releases the stack; what runs after that, including processes that it started, is killed.
 */
export const pulumi: Pulumi = async (args, options) => {
  const { directory, environment = process.env, signal } = options;
  try {
    await access(join(directory, 'Pulumi.yaml'));
  } catch {
    return { type: 'absent', because: `there is no Pulumi.yaml in ${directory}` };
  }
  if (signal?.aborted === true) return { type: 'failed', because: ENDED_FIRST };
  const child = spawn('pulumi', [...args, '--non-interactive', '--color', 'never'], {
    cwd: directory,
    env: {
      ...environment,
      // pulumi runs the project with the first `node` on PATH, which must be able to strip types, as this one is.
      PATH: [dirname(process.execPath), environment['PATH'] ?? ''].join(delimiter),
      PULUMI_SKIP_UPDATE_CHECK: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: hasGroups,
    windowsHide: true,
  });
  // A second Ctrl-C ends this process at once, and the terminal does not signal pulumi's group.
  const atExit = (): void => signalGroup(child, args[0] === 'up' ? 'SIGTERM' : 'SIGKILL');
  process.once('exit', atExit);
  try {
    return await endOf(child, options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { type: 'absent', because: 'there is no pulumi on PATH' };
    return { type: 'failed', because: message };
  } finally {
    process.off('exit', atExit);
    signalGroup(child, 'SIGKILL');
  }
};

async function endOf(child: ChildProcess, options: PulumiOptions): Promise<PulumiResult> {
  const { timeoutMs, graceMs = GRACE_MS, signal, clock = systemClock } = options;
  const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)];
  const over = Promise.withResolvers<number | null>();
  const timers: (() => void)[] = [];
  const soon = (ms: number, task: () => void): void => void timers.push(clock.after(ms, task));
  let stopped: string | undefined;

  child.once('error', over.reject);
  child.once('close', over.resolve);
  child.once('exit', (code) => soon(DRAIN_MS, () => over.resolve(code)));
  const stop = (because: string): void => {
    if (stopped !== undefined) return;
    stopped = because;
    signalGroup(child, 'SIGTERM');
    soon(graceMs, () => {
      signalGroup(child, 'SIGKILL');
      // SIGKILL does not end a process that waits for a disk which does not answer.
      soon(DRAIN_MS, () => over.resolve(null));
    });
  };
  const onAbort = (): void => stop(ENDED_FIRST);
  signal?.addEventListener('abort', onAbort, { once: true });
  soon(timeoutMs, () => stop(`it took longer than ${Math.round(timeoutMs / 1_000)} s`));
  try {
    const code = await over.promise;
    if (stopped !== undefined && code !== 0) return { type: 'failed', because: stopped };
    return endingOf(code, stdout(), stderr());
  } finally {
    for (const cancel of timers) cancel();
    signal?.removeEventListener('abort', onAbort);
    // Pipes that a process keeps open would delay the end of this one.
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.unref();
  }
}

/** Reads everything, keeps the beginning. */
function collected(stream: Readable | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < MAX_OUTPUT) text += chunk;
  });
  stream?.on('error', () => undefined);
  return () => text;
}

const hasGroups = process.platform !== 'win32';

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (hasGroups) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // The group has no process left.
  }
}

/** Texts of the service (409) and of a file backend, whose lock may also be left by an update that was killed. */
const BUSY = /another update is currently in progress|currently locked by/i;
const CHANGES = /no changes were expected|not allowed by the plan|violates plan/i;
const ABSENT: readonly (readonly [RegExp, string])[] = [
  [/no stack selected|no stack named/i, 'no stack is selected'],
  [/PULUMI_ACCESS_TOKEN must be set/i, 'pulumi is not logged in'],
  [/no Pulumi\.yaml project file/i, 'there is no Pulumi project'],
];

/**
 * The meaning of an exit code and the output. As of pulumi 3.259: 0; 7 for unexpected changes, 6 for no such stack, 3
 * for no login, 1 for most others. Older versions exit with 255 for all of them, so the text decides.
 */
export function endingOf(code: number | null, stdout: string, stderr: string): PulumiResult {
  if (code === 0) return { type: 'done', stdout };
  const said = `${stderr}\n${stdout}`;
  if (BUSY.test(said)) return { type: 'busy' };
  if (CHANGES.test(said)) return { type: 'changes' };
  const absent = ABSENT.find(([words]) => words.test(said));
  if (absent !== undefined) return { type: 'absent', because: absent[1] };
  const line = said.split('\n').find((text) => /\berror\b/i.test(text));
  if (line !== undefined) return { type: 'failed', because: line.replace(/^.*?\berror: /, '').trim() };
  return {
    type: 'failed',
    because: `pulumi ended with ${String(code)}`,
    ...(code === 1 && { silent: true }),
  };
}
