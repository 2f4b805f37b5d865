/** What a process that works with a record says of itself, in a file beside the record. */
export interface Presence {
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

export function livenessOf(presence: Presence, machine: string, seen: ProcessSeen): Liveness {
  if (presence.machine !== machine) return 'elsewhere';
  if (!seen.isRunning) return 'gone';
  const known = presence.startedTicks !== null && seen.startedTicks !== null;
  return known && presence.startedTicks !== seen.startedTicks ? 'gone' : 'running';
}

/** The presence in a file's text; undefined when it is none, as of a process that was killed while it wrote. */
export function parsePresence(text: string): Presence | undefined {
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
  return { pid, startedTicks, machine, component, region, since } as Presence;
}
