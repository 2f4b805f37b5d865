import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import type { Clock } from '../clock.ts';
import type { HaEvent } from '../events.ts';

/** What a process that works with a record says of itself, in a file beside the record. */
export interface PresenceFile {
  readonly pid: number;
  /** When the process started, as its machine counts; another process of the same pid has another one. Null: not known. */
  readonly startedTicks: string | null;
  /** The machine since its last start. */
  readonly machine: string;
  /** `producer` or `consumer`. */
  readonly component: string;
  /** The region that it writes to or reads from; null while there is none. */
  readonly region: string | null;
  /** Since when: RFC 3339. */
  readonly since: string;
}

/** What this machine says of a pid. */
export interface ProcessSeen {
  readonly isRunning: boolean;
  readonly startedTicks: string | null;
}

/** `elsewhere`: of another machine that shares the directory, which cannot be asked from here. */
export type Liveness = 'running' | 'gone' | 'elsewhere';

export function livenessOf(presence: PresenceFile, machine: string, seen: ProcessSeen): Liveness {
  if (presence.machine !== machine) return 'elsewhere';
  if (!seen.isRunning) return 'gone';
  const known = presence.startedTicks !== null && seen.startedTicks !== null;
  return known && presence.startedTicks !== seen.startedTicks ? 'gone' : 'running';
}

/** The presence in a file's text; undefined when it is none, as of a process that was killed while it wrote. */
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

/** The directory beside the record where each process that works with it has a small file. */
function directoryOf(recordFile: string): string {
  return `${recordFile}.processes`;
}

interface PresenceOptions {
  readonly recordFile: string;
  readonly component: string;
  readonly clock: Clock;
  /** Hears once why no trace can be left. It changes nothing else. */
  readonly onProblem: (message: string) => void;
}

/**
 * The trace that a process leaves beside the record while it runs: which region it writes to or reads from. `status` of this
 * machine shows it. The files are written without waiting: they are small, and written at each switch only.
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
    // Also at an end in haste; a process that is killed leaves the file, and others see that it is gone.
    process.once('exit', () => this.close());
  }

  /** Follows the events of a producer or a consumer. */
  event(event: HaEvent): void {
    if (event.type === 'failover-started') this.moved(undefined);
    if (event.type === 'failover-done' || event.type === 'failback-done') this.moved(event.to.region);
    if (event.type === 'stayed' || event.type === 'now-consuming') this.moved(event.stream.region);
  }

  /** This process works with `region` from now on; undefined: with none. */
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
      mkdirSync(directoryOf(this.#options.recordFile), { recursive: true });
      writeFileSync(temporary, text);
      renameSync(temporary, this.#file);
    };
    try {
      write();
    } catch (error) {
      // The last process that left can have removed the directory just now.
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

export interface SeenProcess extends PresenceFile {
  readonly liveness: Exclude<Liveness, 'gone'>;
}

/** The processes that work with this record now. What a killed process left is removed. */
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
    // A process of another user is there as well.
    const isRunning = (error as NodeJS.ErrnoException).code === 'EPERM';
    return { isRunning, startedTicks: isRunning ? startedTicks(pid) : null };
  }
}

/** Field 22 of /proc/<pid>/stat; null where there is no /proc. The second field can hold blanks and brackets. */
function startedTicks(pid: number): string | null {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** Pids mean something only on one machine, and only until it starts again. */
function thisMachine(): string {
  return `${hostname()} ${textOf('/proc/sys/kernel/random/boot_id').trim()}`.trim();
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It is gone already, or may not be removed: then it stays, and is judged again.
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Others have their files in it.
  }
}
