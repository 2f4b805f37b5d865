import { systemClock, type Clock } from '../clock.ts';
import { openLog, type Log, type LogFormat } from '../log/log.ts';
import { VERSION } from '../version.ts';
import { EXIT, type CommandName } from './exit-codes.ts';
import { StandardError, StandardOutput } from './standard-streams.ts';

export interface LogFlags {
  readonly log?: LogFormat;
  readonly debug?: boolean;
  readonly quiet?: boolean;
}

/** What every command needs: log, output, clock, and the signals that ask it to end. */
export interface Session {
  readonly log: Log;
  readonly stderr: StandardError;
  readonly stdout: StandardOutput;
  readonly clock: Clock;
  readonly interruption: Interruption;
}

/** One per process: signals and streams belong to the process. */
export function openSession(component: CommandName, flags: LogFlags): Session {
  const clock = systemClock;
  const stderr = new StandardError();
  const log = logOf(component, flags, stderr, clock);
  const interruption = new Interruption((signal) =>
    log.note({
      type: 'stopping',
      level: 'info',
      lines: ['Stopping: what is on its way is finished first (once more to stop at once).'],
      fields: { signal },
    }),
  );
  const stdout = new StandardOutput();
  stdout.onLost = (error) => noteOutputLost(log, error);
  return { log, stderr, stdout, clock, interruption };
}

/** Says why standard output cannot be written; a reader that has read enough, as `head` has, is no error. */
export function noteOutputLost(log: Log, error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  const lines = [`Standard output cannot be written any more (${error.code ?? error.message}).`];
  log.note({ type: 'output-lost', level: 'error', lines });
}

/** The log alone, for errors that come before or after a session. */
export function logOf(component: string, flags: LogFlags, stderr: StandardError, clock: Clock): Log {
  const threshold = flags.quiet === true ? 'error' : flags.debug === true ? 'debug' : 'info';
  const parts = { component, pid: process.pid, version: VERSION, clock, stream: stderr.stream };
  const logTo = (write: (text: string) => void): Log =>
    openLog({ ...parts, format: flags.log ?? 'text', threshold, write });
  stderr.droppedLine = (count) => {
    let text = '';
    const lines = [`The reader of this log is too slow: ${count} lines were dropped.`];
    logTo((line) => (text = line)).note({ type: 'log-dropped', level: 'warn', lines, fields: { count } });
    return text;
  };
  return logTo((text) => stderr.write(text));
}

/**
 * Waits until standard output is written, however long its reader takes; after `ended` aborts, for at most `patienceMs`.
 * False: some bytes were not written, and never will be.
 */
export async function outputIsWritten(
  { stdout, clock }: Session,
  ended: AbortSignal,
  patienceMs: number,
): Promise<boolean> {
  const flushed = stdout.flushed().then(() => true);
  const patience = new Promise<boolean>((resolve) => {
    const wait = (): void => void clock.after(patienceMs, () => resolve(false));
    if (ended.aborted) wait();
    else ended.addEventListener('abort', wait, { once: true });
  });
  return (await Promise.race([flushed, patience])) && stdout.lost === undefined;
}

const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.terminated } as const;

type InterruptingSignal = keyof typeof CODES;

/**
 * SIGINT, SIGTERM and SIGHUP. The first one asks the command to end in good order; the next one ends it at once, after
 * `onSecond` has said what is left.
 */
class Interruption {
  readonly #controller = new AbortController();
  #first: InterruptingSignal | undefined;
  /** Runs before the process ends on a second signal; it must not wait. */
  onSecond: () => void = () => {};

  constructor(onFirst: (signal: InterruptingSignal) => void) {
    for (const name of Object.keys(CODES) as InterruptingSignal[]) {
      process.on(name, () => {
        if (this.#first !== undefined) {
          this.onSecond();
          process.exit(CODES[name]);
        }
        this.#first = name;
        onFirst(name);
        this.#controller.abort(new Error('interrupted'));
      });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 130 or 143; undefined when no signal came. */
  get exitCode(): number | undefined {
    return this.#first === undefined ? undefined : CODES[this.#first];
  }
}
