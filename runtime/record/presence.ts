import { mkdirSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import type { Clock } from '../clock.ts';
import type { HaEvent } from '../events.ts';
import { namesIn, textOf } from '../small-file.ts';

/** The content of a process's file beside the record. */
export interface PresenceFile {
  readonly pid: number;
  /**
   * Start of the process, in the machine's clock ticks: it distinguishes processes that had the same pid. Null: not
   * known.
   */
  readonly startedTicks: string | null;
  /** Host name and boot id. */
  readonly machine: string;
  /** `producer` or `consumer`. */
  readonly component: string;
  /** The region that it writes to or reads from; null when there is none. */
  readonly region: string | null;
  /** Since when, RFC 3339. */
  readonly since: string;
}

/** What the system tells about a pid. */
export interface ProcessSeen {
  readonly isRunning: boolean;
  readonly startedTicks: string | null;
}

/** `elsewhere`: on another machine that shares the directory; whether it runs cannot be seen from here. */
export type Liveness = 'running' | 'gone' | 'elsewhere';

export function livenessOf(presence: PresenceFile, machine: string, seen: ProcessSeen): Liveness {
  if (presence.machine !== machine) return 'elsewhere';
  if (!seen.isRunning) return 'gone';
  const known = presence.startedTicks !== null && seen.startedTicks !== null;
  return known && presence.startedTicks !== seen.startedTicks ? 'gone' : 'running';
}

/** Parses such a file; undefined when it is damaged, as after a process was killed while writing it. */
export function parsePresenceFile(text: string): PresenceFile | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { pid, startedTicks, machine, component, region, since } = parsed as Record<string, unknown>;
  const isWhole =
    Number.isSafeInteger(pid) &&
    (pid as number) > 0 &&
    (typeof startedTicks === 'string' || startedTicks === null) &&
    typeof machine === 'string' &&
    typeof component === 'string' &&
    (typeof region === 'string' || region === null) &&
    typeof since === 'string';
  if (!isWhole) return undefined;
  return { pid, startedTicks, machine, component, region, since } as PresenceFile;
}

const SUFFIX = '.json';

/** The directory of these files. */
function directoryOf(recordFile: string): string {
  return `${recordFile}.processes`;
}

interface PresenceOptions {
  readonly recordFile: string;
  readonly component: string;
  readonly clock: Clock;
  /** Called once, with the reason, when the file cannot be written. Nothing else changes. */
  readonly onProblem: (message: string) => void;
}

/**
 * Keeps a file beside the record while the process runs, with the region that it writes to or reads from. `status` on
 * this machine shows it. The file is written synchronously: it is small, and changes only with a switch.
 */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #file: string;
  #isOpen = true;
  #hasFailed = false;

  constructor(options: PresenceOptions, region: string | undefined) {
    this.#options = options;
    this.#file = join(directoryOf(options.recordFile), `${process.pid}-${options.component}${SUFFIX}`);
    this.moved(region);
    // Also after `process.exit()`. A killed process leaves its file, and readers see that it does not run.
    process.once('exit', () => this.close());
  }

  /** Listens to the events of a producer or a consumer. */
  event(event: HaEvent): void {
    if (event.type === 'failover-started') this.moved(undefined);
    if (event.type === 'failover-done' || event.type === 'failback-done') this.moved(event.to.region);
    if (event.type === 'stayed' || event.type === 'now-consuming') this.moved(event.stream.region);
  }

  /** The region that this process works with from now on; undefined: none. */
  moved(region: string | undefined): void {
    if (!this.#isOpen) return;
    const { component, clock } = this.#options;
    const said: PresenceFile = {
      pid: process.pid,
      startedTicks: startedTicks(process.pid),
      machine: thisMachine(),
      component,
      region: region ?? null,
      since: new Date(clock.wall()).toISOString(),
    };
    try {
      this.#write(`${JSON.stringify(said)}\n`);
    } catch (error) {
      this.#fails(error);
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    remove(this.#file);
    removeIfEmpty(directoryOf(this.#options.recordFile));
  }

  #write(text: string): void {
    const temporary = `${this.#file}.tmp`;
    const write = (): void => {
      makeDirectory(directoryOf(this.#options.recordFile));
      writeFileSync(temporary, text);
      renameSync(temporary, this.#file);
    };
    try {
      write();
    } catch (error) {
      // Another process may have removed the empty directory just now.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      write();
    }
  }

  #fails(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const { code, message } = error as NodeJS.ErrnoException;
    this.#options.onProblem(
      `${directoryOf(this.#options.recordFile)} cannot be written (${code ?? message}): status will not show this process.`,
    );
  }
}

/** Makes a directory in one that exists. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

export interface SeenProcess extends PresenceFile {
  readonly liveness: Exclude<Liveness, 'gone'>;
}

/** The processes that work with this record now. Files of processes that have ended are removed. */
export function processesOf(recordFile: string): SeenProcess[] {
  const directory = directoryOf(recordFile);
  const found: SeenProcess[] = [];
  for (const name of namesIn(directory)) {
    if (!name.endsWith(SUFFIX)) continue;
    const file = join(directory, name);
    const said = parsePresenceFile(textOf(file));
    if (said === undefined) continue;
    const liveness = livenessOf(said, thisMachine(), seen(said.pid));
    if (liveness === 'gone') remove(file);
    else found.push({ ...said, liveness });
  }
  removeIfEmpty(directory);
  return found.toSorted((a, b) => a.component.localeCompare(b.component) || a.pid - b.pid);
}

function seen(pid: number): ProcessSeen {
  try {
    process.kill(pid, 0);
    return { isRunning: true, startedTicks: startedTicks(pid) };
  } catch (error) {
    // EPERM: there is such a process, of another user.
    const isRunning = (error as NodeJS.ErrnoException).code === 'EPERM';
    return { isRunning, startedTicks: isRunning ? startedTicks(pid) : null };
  }
}

/** Field 22 of /proc/<pid>/stat; null without /proc. The second field can hold spaces and brackets. */
function startedTicks(pid: number): string | null {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** A pid is valid on one machine, until it restarts. */
function thisMachine(): string {
  return `${hostname()} ${textOf('/proc/sys/kernel/random/boot_id').trim()}`.trim();
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It was removed already, or this user may not remove it: the next reader tries again.
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Other processes have files in it.
  }
}
