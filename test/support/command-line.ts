import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { EmulatedWorld } from './emulated-world.ts';

/** As `npm run` starts it. */
export const LAUNCH = fileURLToPath(new URL('../../runtime/launch.js', import.meta.url));

const STACK_TRACE = /^ +at .+:\d+:\d+\)?$/m;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly ended: Promise<Ended>;
  readonly pid: number;
  /** What it has printed so far. */
  stdout(): string;
  kill(signal: NodeJS.Signals): void;
  stderr(): string;
  /** Writes to its standard input; resolves when it is read or lies in the pipe. */
  feed(bytes: string | Uint8Array): Promise<void>;
  endInput(): void;
  /** As a reader that has seen enough. */
  closeStdout(): void;
  stdoutHas(text: string): Promise<void>;
  stderrHas(text: string): Promise<void>;
}

/** Runs the command line as a user's shell would, with nothing of this machine's own configuration. */
export function startCommand(
  world: EmulatedWorld,
  args: readonly string[],
  options: CommandOptions = {},
): RunningCommand {
  return startProgram(world, process.execPath, [LAUNCH, ...args], options);
}

export interface CommandOptions {
  /** What it reads; null: standard input stays open, for `feed`. */
  readonly input?: string | Uint8Array | null;
  readonly env?: Readonly<Record<string, string>>;
}

/** A script of a user's shell, in which `$RUN` is the command line. */
export function shell(world: EmulatedWorld, script: string, options: CommandOptions = {}): Promise<Ended> {
  return startShell(world, script, options).ended;
}

export function startShell(
  world: EmulatedWorld,
  script: string,
  options: CommandOptions = {},
): RunningCommand {
  const env = { RUN: `${process.execPath} ${LAUNCH}`, ...options.env };
  return startProgram(world, 'bash', ['-c', script], { ...options, env });
}

function startProgram(
  world: EmulatedWorld,
  program: string,
  args: readonly string[],
  { input = '', env: more = {} }: CommandOptions,
): RunningCommand {
  const { environment, directory } = world;
  const env = { PATH: process.env['PATH'], HOME: directory, NO_COLOR: '1', ...environment, ...more };
  const child = spawn(program, args, { env, cwd: directory });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    for (const look of watchers) look();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    for (const look of watchers) look();
  });
  // A command that ends before it has read everything closes the pipe.
  child.stdin.on('error', () => {});
  if (input !== null) child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('close', (code) => {
      // INV-11: whatever happened, a person is told in words.
      if (STACK_TRACE.test(stderr)) reject(new Error(`a stack trace on stderr:\n${stderr}`));
      else resolve({ code, stdout, stderr });
    });
  });
  const has = (text: string, where: () => string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!where().includes(text)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      const without = (): void =>
        reject(new Error(`ended without ${JSON.stringify(text)}:\n${stdout}\n${stderr}`));
      ended.then(without, without);
    });
  return {
    ended,
    pid: child.pid ?? 0,
    stdout: () => stdout,
    kill: (signal) => void child.kill(signal),
    stderr: () => stderr,
    feed: (bytes) => new Promise((resolve) => child.stdin.write(bytes, () => resolve())),
    endInput: () => void child.stdin.end(),
    closeStdout: () => void child.stdout.destroy(),
    stdoutHas: (text) => has(text, () => stdout),
    stderrHas: (text) => has(text, () => stderr),
  };
}

export function commandLine(
  world: EmulatedWorld,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Ended> {
  return startCommand(world, args, options).ended;
}
