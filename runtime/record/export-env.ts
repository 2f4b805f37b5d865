import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { checkArguments } from '../arguments.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { diskTrouble, systemDisk, type Disk } from './disk.ts';
import {
  environmentSteps,
  type Command,
  type EnvironmentStep,
  type EnvironmentValues,
} from './environment-plan.ts';
import { endOfLinks } from './safe-file.ts';
import { KEYS, statedSecondary } from './format.ts';
import { inPlaceWarning, replaceFile } from './safe-file.ts';

export interface ExportOptions {
  /** The record; the file to source is named after it. Default `stream.properties`. */
  readonly file?: string | undefined;
  /** Default `auto`: the persistent environment on Windows only. */
  readonly mode?: 'auto' | 'process' | 'persistent' | undefined;
  /** Is called with `environment-exported` and with warnings. Default: warnings are Node's own (`process.emitWarning`). */
  readonly listener?: EventListener | undefined;
}

const MODES: readonly string[] = ['auto', 'process', 'persistent'];

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly environment: Record<string, string | undefined>;
  readonly disk: Disk;
  /** Rejects when the program cannot be started, fails, or takes too long. */
  readonly run: (command: Command, environment: NodeJS.ProcessEnv) => Promise<unknown>;
}

const RUN_LIMIT_MS = 15_000;

const thisMachine: Machine = {
  platform: process.platform,
  environment: process.env,
  disk: systemDisk,
  run: ([program, ...args], env) =>
    promisify(execFile)(program, args, { env, timeout: RUN_LIMIT_MS, windowsHide: true }),
};

/** For functions that are called without a listener: warnings become Node's own, other events are dropped. */
export const emitWarning: EventListener = (event) => {
  if (event.type === 'warning') process.emitWarning(event.message, 'OciStreamingHaWarning');
};

/**
 * Exports `SECONDARY_STREAM_OCID` and `SECONDARY_STREAM_ENDPOINT`: to this process (before the first await), to a file to
 * source (`<record>.env`, mode 0600), and to the user's persistent environment where `mode` asks for it. The environment
 * of the process that started this one cannot be changed. A failure is a `warning` event, and the rest is still done;
 * rejects (`CONFIG`) only when the arguments are no stream and no address.
 */
export async function exportEnv(ocid: string, endpoint: string, options: ExportOptions = {}): Promise<void> {
  checkArguments('exportEnv', options, { file: 'text', mode: 'text', listener: 'function' });
  const { file, mode, listener } = options;
  if (mode !== undefined && !MODES.includes(mode))
    throw new HaError('CONFIG', `exportEnv: mode is ${JSON.stringify(mode)}; give ${MODES.join(', ')}.`);
  return exportSecondary(ocid, endpoint, { file, mode, emit: listener, machine: {} });
}

interface ExportParts extends Omit<ExportOptions, 'listener'> {
  readonly emit?: EventListener | undefined;
  /** Replaces parts of this machine. */
  readonly machine: Partial<Machine>;
}

/** `exportEnv` on a machine that tests describe. */
export async function exportSecondary(ocid: string, endpoint: string, parts: ExportParts): Promise<void> {
  const { file = 'stream.properties', mode = 'auto', emit = emitWarning } = parts;
  const machine: Machine = { ...thisMachine, ...parts.machine };
  const secondary = statedSecondary(ocid, endpoint, 'exportEnv');
  const values = { [KEYS.ocid]: secondary.ocid, [KEYS.endpoint]: secondary.endpoint };
  const configHome = machine.environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  const done: string[] = [];
  for (const step of environmentSteps(
    { platform: machine.platform, mode, recordFile: file, configHome },
    values,
  )) {
    try {
      await take(step, values, machine, emit);
      done.push(step.where);
    } catch (error) {
      const because = error instanceof Error ? error.message.trim() : String(error);
      emit({
        type: 'warning',
        code: 'environment-not-exported',
        message: `The secondary is not exported to ${step.where}: ${because}`,
      });
    }
  }
  emit({ type: 'environment-exported', where: done });
}

/** Not `async`, so that `process.env` is set before the caller awaits. */
function take(
  step: EnvironmentStep,
  values: EnvironmentValues,
  machine: Machine,
  emit: EventListener,
): Promise<void> | void {
  switch (step.type) {
    case 'set':
      Object.assign(machine.environment, values);
      return;
    case 'write':
      return write(step, machine.disk, emit);
    case 'run':
      return runFirst(step.ways, { ...machine.environment, ...values }, machine);
    case 'nothing':
      throw new Error(step.because);
  }
}

async function write(
  { file, text, makeDirectory }: Extract<EnvironmentStep, { type: 'write' }>,
  disk: Disk,
  emit: EventListener,
): Promise<void> {
  try {
    if (makeDirectory) await disk.makeDirectory(dirname(file));
    const target = await endOfLinks(file, disk);
    const inPlace = await replaceFile(target, { bytes: Buffer.from(text), mode: 0o600 }, disk);
    if (inPlace !== undefined) {
      emit({ type: 'warning', code: 'file-in-place', message: inPlaceWarning(file, inPlace) });
    }
  } catch (error) {
    throw diskTrouble('written', file, error);
  }
}

async function runFirst(
  ways: readonly (readonly Command[])[],
  environment: NodeJS.ProcessEnv,
  machine: Machine,
): Promise<void> {
  const failures: Error[] = [];
  for (const commands of ways) {
    try {
      for (const command of commands) await machine.run(command, environment);
      return;
    } catch (error) {
      failures.push(error as Error);
    }
  }
  throw new Error(failures.map((failure) => failure.message.trim()).join('; '));
}
