import { spawn, spawnSync, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

import type { ConsumedMessage } from '../../consumer/index.ts';
import { HaError } from '../../errors.ts';

/** The command is a process group of its own: Ctrl-C in a terminal lets it end, and `stop` reaches all of its processes. */
const HAS_GROUPS = process.platform !== 'win32';

/** The command did not run, so its message is not at fault: each other one would fail in the same way. */
export class CommandNotRun extends Error {}

/**
 * The shell ends with code 2 at a quote that is missing, as many commands do for a message that they refuse: each message would
 * become a dead letter.
 * @throws HaError `CONFIG` when the shell cannot parse the command.
 */
export function checkSyntax(command: string): void {
  if (!HAS_GROUPS) return;
  const { status, stderr } = spawnSync('/bin/sh', ['-n', '-c', command], { encoding: 'utf8', stdio: 'pipe' });
  if (status === 0 || status === null) return;
  const [why = ''] = stderr.split('\n');
  throw new HaError('CONFIG', `--exec ${JSON.stringify(command)} is no command of the shell: ${why}`);
}

/** Codes of a POSIX shell for what may not be executed, and for what it does not find. */
const NOT_RUN: Readonly<Record<number, string>> = HAS_GROUPS
  ? { 126: 'it may not be executed', 127: 'it was not found' }
  : {};

/**
 * `--exec`: runs a command of the shell for one message, with the value on its standard input and the rest in its
 * environment. It prints where this program prints. When `stop` aborts, it gets SIGTERM and is not waited for.
 * @throws Error when it ends with another code than 0, or by a signal, and when it was stopped; `CommandNotRun`.
 */
export async function runCommand(
  command: string,
  message: ConsumedMessage,
  stop: AbortSignal,
): Promise<void> {
  const child = start(command, message);
  // A command need not read the value to its end.
  child.stdin.on('error', () => {});
  child.stdin.end(message.value);
  const onStop = (): void => terminate(child);
  stop.addEventListener('abort', onStop, { once: true });
  try {
    const [code, signal] = (await once(child, 'close', { signal: stop })) as [
      number | null,
      NodeJS.Signals | null,
    ];
    const notRun = NOT_RUN[code ?? 0];
    if (notRun !== undefined) throw new CommandNotRun(`code ${code}: ${notRun}`);
    if (code !== 0) throw new Error(`the command ended with ${code === null ? signal : `code ${code}`}`);
  } catch (error) {
    if (stop.aborted) throw new Error('the command did not end in time, and was stopped', { cause: error });
    throw child.pid === undefined ? notStarted(error) : error;
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}

function start(command: string, message: ConsumedMessage): ChildProcessByStdio<Writable, null, null> {
  try {
    return spawn(command, {
      shell: true,
      detached: HAS_GROUPS,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, ...variablesOf(message) },
    });
  } catch (error) {
    throw notStarted(error);
  }
}

function notStarted(error: unknown): CommandNotRun {
  return new CommandNotRun((error as Error).message, { cause: error });
}

/** Sends SIGTERM, and lets one that is stopped go on, to receive it. A process that ignores it does not keep this one alive. */
function terminate(child: ChildProcess): void {
  child.unref();
  try {
    if (child.pid === undefined) return;
    const target = HAS_GROUPS ? -child.pid : child.pid;
    process.kill(target, 'SIGTERM');
    if (HAS_GROUPS) process.kill(target, 'SIGCONT');
  } catch {
    // It has ended meanwhile.
  } finally {
    // Not before: to the command the end of its input is the end of the value.
    child.stdin?.destroy();
  }
}

/** All of them: this process may itself be the command of another consumer, with variables of another message. */
function variablesOf(message: ConsumedMessage): Record<string, string | undefined> {
  const { region, partition, offset, timestamp, envelope, value } = message;
  const key = message.keyText();
  return {
    MESSAGE_REGION: region,
    MESSAGE_PARTITION: partition,
    MESSAGE_OFFSET: String(offset),
    MESSAGE_TIMESTAMP: timestamp,
    // When this process is killed as it writes a value, the command gets a part of it, or nothing.
    MESSAGE_BYTES: String(value.byteLength),
    MESSAGE_KEY: settable(key ?? undefined),
    MESSAGE_ID: settable(envelope?.id),
  };
}

/** Characters. Windows takes 32,767, Linux 128 KiB; beyond it no command starts, so one message would keep all later ones back. */
const LONGEST_VARIABLE = 32_000;

/** A variable can hold neither a NUL nor any length: an id is whatever another program wrote. */
function settable(text: string | undefined): string | undefined {
  return text === undefined || text.includes('\0') || text.length > LONGEST_VARIABLE ? undefined : text;
}
