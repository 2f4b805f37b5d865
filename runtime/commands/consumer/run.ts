import {
  readInPassing,
  type ConsumedMessage,
  type ConsumerStats,
  type Reading,
  type StreamConsumer,
} from '../../consumer/index.ts';
import { HaError } from '../../errors.ts';
import { Presence } from '../../record/index.ts';
import { COMMAND_LINE, readSettings, type Given, type Settings } from '../../settings/index.ts';
import { consumerFrom, openPassingReaders } from '../../wiring/index.ts';
import { givenSettings } from '../new-command.ts';
import { noteOutputLost, openSession, outputIsWritten, type Session } from '../session.ts';
import {
  readingContradictions,
  DEFAULT_GROUP,
  isInPassing,
  SETTINGS,
  type ConsumerFlags,
} from './command.ts';
import { checkSyntax, CommandNotRun, runCommand } from './exec.ts';
import { consumerExitCode, whyEnded, type ReadEnd } from './ending.ts';
import { IdleEnd } from './idle-end.ts';
import { asJson, asText, parseFormat, type Format } from './message-format.ts';
import { fromOf, startOf } from './position.ts';
import { MessagePrinter } from './printer.ts';

/** Reads and prints what the command line asks for; gives the exit code. */
export async function run(flags: ConsumerFlags): Promise<number> {
  const problems = readingContradictions(flags);
  if (problems.length > 0) throw new HaError('CONFIG', problems.join('; '));
  if (flags.exec !== undefined) checkSyntax(flags.exec);
  const session = openSession('consumer', flags);
  const given = { ...givenSettings(flags, SETTINGS) };
  if (isInPassing(flags)) return new ConsumerRun(session, flags, given).inPassing();
  given['group'] ??= groupInEnvironment() ?? DEFAULT_GROUP;
  if (flags.from !== undefined) given['from'] = fromOf(flags.from, session.clock.wall());
  return new ConsumerRun(session, flags, given).inGroup();
}

function groupInEnvironment(): string | undefined {
  const group = process.env['OCI_STREAMING_GROUP'];
  return group === '' ? undefined : group;
}

function formatOf({ format, output }: ConsumerFlags, { envelope }: Settings): Format {
  if (format !== undefined) return parseFormat(format);
  return output === 'json' ? asJson(envelope) : asText;
}

type EnvelopeCounts = Pick<ConsumerStats, 'copies' | 'late'>;

class ConsumerRun {
  readonly #session: Session;
  readonly #flags: ConsumerFlags;
  readonly #printer: MessagePrinter;
  readonly #given: Given;
  readonly #settings: Settings;
  readonly #key: Uint8Array | undefined;
  /** Aborts when the read ends, whatever the reason. */
  readonly #ending = new AbortController();
  /** Aborts when the command of `--exec` is not waited for any longer. */
  readonly #stopCommand = new AbortController();
  #end: ReadEnd | undefined;
  #onEnd: () => void = () => {};
  #idle: IdleEnd | undefined;
  #read = 0;
  #printed = 0;
  #deadLetters = 0;
  readonly #readByRegion = new Map<string, number>();
  #presence: Presence | undefined;
  /** Of envelope mode, so far. */
  #envelopeCounts: () => EnvelopeCounts = () => ({ copies: 0, late: 0 });

  constructor(session: Session, flags: ConsumerFlags, given: Given) {
    this.#session = session;
    this.#flags = flags;
    this.#given = given;
    this.#settings = readSettings(given, process.env, COMMAND_LINE);
    this.#printer = new MessagePrinter({
      stdout: session.stdout,
      clock: session.clock,
      format: formatOf(flags, this.#settings),
      ending: this.#ending.signal,
    });
    this.#key = flags.key === undefined ? undefined : Buffer.from(flags.key);
    session.interruption.signal.addEventListener('abort', () =>
      this.#finish({ type: 'interrupted', code: session.interruption.exitCode ?? 0 }),
    );
    session.interruption.onSecond = () => {
      this.#stopCommand.abort();
      this.#summarize('interrupted', ['Ended at once: the last messages are not committed.']);
    };
    session.stdout.onLost = (error) => {
      noteOutputLost(session.log, error);
      this.#finish({ type: 'output', readerIsGone: error.code === 'EPIPE' });
    };
  }

  async inGroup(): Promise<number> {
    const { log, clock, interruption } = this.#session;
    const { group, recordFile } = this.#settings;
    const consumer = await consumerFrom(this.#given, COMMAND_LINE, {
      signal: interruption.signal,
      listener: (event) => {
        log.event(event);
        this.#presence?.event(event);
        if (event.type !== 'dead-letter-stored') return;
        this.#deadLetters++;
        this.#count(event);
        this.#idle?.messageHandled();
      },
    });
    this.#envelopeCounts = () => consumer.stats();
    const active = consumer.readings().find(({ role }) => role === consumer.active)?.region;
    const from =
      this.#flags.from === undefined ? '' : ` It begins at --from ${this.#flags.from} if it is new.`;
    this.#says(`Reading in group ${group}; ${active ?? '-'} (${consumer.active}) is active.${from}`, active, {
      group,
    });
    this.#presence = new Presence(
      {
        recordFile,
        component: 'consumer',
        clock,
        onProblem: (message) => log.event({ type: 'warning', code: 'presence-not-written', message }),
      },
      active,
    );
    // If the pipe's reader is gone, it is not known what it read: messages since the last check are not committed.
    this.#onEnd = () =>
      void consumer.close({ commit: this.#end?.type !== 'output' || this.#printer.isAllVerified });
    this.#startIdle(
      () => consumer.readings(),
      () => consumer.heldByOthers(),
    );
    try {
      // A signal that came while it was opened has ended the read already.
      if (this.#end === undefined) await this.#readFrom(consumer);
    } finally {
      this.#idle?.stop();
      await consumer.close();
      this.#presence.close();
    }
    return this.#conclude();
  }

  async #readFrom(consumer: StreamConsumer): Promise<void> {
    const { exec } = this.#flags;
    if (exec !== undefined) return this.#execute(consumer, exec);
    for await (const message of consumer) {
      // Asking for the next message would mark this one as handled; leaving the loop does not.
      if (!(await this.#print(message))) break;
      const isReaderThere = await this.#printer.verify(message.endsRead || this.#isCounted());
      if (!isReaderThere) this.#finish({ type: 'output', readerIsGone: true });
      if (this.#isCounted()) this.#finish({ type: 'count' });
    }
  }

  /**
   * Runs the command for each message; `consumer.run` tries again what fails. A command that takes longer than closing may
   * (`closeTimeoutMs`) is stopped: its message is not committed.
   */
  async #execute(consumer: StreamConsumer, command: string): Promise<void> {
    const handle = async (message: ConsumedMessage): Promise<void> => {
      this.#idle?.messageCame();
      if (this.#isWanted(message)) {
        await this.#runCommand(command, message);
        this.#printed++;
      }
      this.#count(message);
      this.#idle?.messageHandled();
      if (this.#isCounted()) this.#finish({ type: 'count' });
    };
    // Only of a reader that was found once is it known later that it is gone.
    this.#printer.isReaderThere();
    await consumer.run(handle, { signal: this.#ending.signal });
    this.#stopCommand.abort();
  }

  /** A command whose output is read by no process any more fails with each message, and that is not the messages' fault. */
  async #runCommand(command: string, message: ConsumedMessage): Promise<void> {
    try {
      await runCommand(command, message, this.#stopCommand.signal);
    } catch (error) {
      if (error instanceof CommandNotRun) this.#finish({ type: 'command', problem: error.message });
      if (!this.#printer.isReaderThere()) this.#finish({ type: 'output', readerIsGone: true });
      throw error;
    }
  }

  #isWanted({ key }: ConsumedMessage): boolean {
    return this.#key === undefined || isSame(this.#key, key);
  }

  #count({ region }: { readonly region: string }): void {
    this.#read++;
    this.#readByRegion.set(region, (this.#readByRegion.get(region) ?? 0) + 1);
  }

  async inPassing(): Promise<number> {
    const { log, clock } = this.#session;
    const { partition, offset } = this.#flags;
    const startAt = startOf(this.#flags, clock.wall());
    const activeRegionOnly = offset !== undefined && /^\d+$/.test(offset);
    const opened = await openPassingReaders(
      this.#given,
      { partitions: partition, startAt, activeRegionOnly },
      { signal: this.#ending.signal, listener: log.event },
    );
    this.#envelopeCounts = () => opened;
    const where = activeRegionOnly ? opened.activeRegion : 'both regions';
    this.#says(`Reading ${where} without a group; nothing is committed.`, undefined, { group: null });
    const readings = (): readonly Reading[] =>
      opened.readers.map(({ role, region, isLocated, isAbsent, health }) => ({
        role,
        region,
        isLocated,
        isAbsent,
        health,
      }));
    this.#startIdle(readings, async () => []);
    try {
      for await (const message of readInPassing(opened.readers, this.#ending.signal)) {
        if (!(await this.#print(message))) break;
        if (this.#isCounted()) this.#finish({ type: 'count' });
      }
    } finally {
      this.#idle?.stop();
      this.#ending.abort(new Error('the read has ended'));
      await opened.close();
    }
    return this.#conclude();
  }

  /** False: the read ended before the message was written. */
  async #print(message: ConsumedMessage): Promise<boolean> {
    if (this.#end !== undefined) return false;
    this.#idle?.messageCame();
    if (this.#isWanted(message)) {
      if (!(await this.#printer.print(message))) return false;
      this.#printed++;
    }
    this.#count(message);
    this.#idle?.messageHandled();
    return true;
  }

  #isCounted(): boolean {
    return this.#printed === this.#flags.count;
  }

  #finish(end: ReadEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#ending.abort(new Error(end.type));
    this.#onEnd();
  }

  #startIdle(readings: () => readonly Reading[], heldByOthers: StreamConsumer['heldByOthers']): void {
    const { untilIdle } = this.#flags;
    if (untilIdle === undefined) return;
    const { clock, log } = this.#session;
    const { retryWindowMs, requestTimeoutMs, idlePollMs } = this.#settings;
    this.#idle = new IdleEnd({
      clock,
      note: (note) => log.note(note),
      untilIdleMs: untilIdle,
      patienceMs: untilIdle + retryWindowMs + requestTimeoutMs,
      pollMs: idlePollMs,
      readings,
      copies: () => this.#envelopeCounts().copies,
      heldByOthers,
      onIdle: (unreached) => this.#finish({ type: 'idle', unreached }),
    });
  }

  #says(line: string, region: string | undefined, fields: Record<string, unknown>): void {
    this.#session.log.note({ type: 'started', level: 'info', region, lines: [line], fields });
  }

  async #conclude(): Promise<number> {
    const { interruption } = this.#session;
    await outputIsWritten(this.#session, this.#ending.signal, this.#settings.closeTimeoutMs);
    const end = this.#end ?? { type: 'interrupted', code: interruption.exitCode ?? 0 };
    const { count, untilIdle } = this.#flags;
    const isBounded = { count: count !== undefined, any: count !== undefined || untilIdle !== undefined };
    const code = consumerExitCode(end, isBounded);
    const left = count === undefined || end.type === 'count' ? [] : [`--count asked for ${count} messages.`];
    this.#summarize('summary', code === 0 ? [] : [...whyEnded(end), ...left], code);
    return code;
  }

  #summarize(type: 'summary' | 'interrupted', more: readonly string[], exitCode?: number): void {
    const byRegion = [...this.#readByRegion].map(([region, count]) => `${region} ${count}`);
    const regions = byRegion.length === 0 ? '' : ` (${byRegion.join(', ')})`;
    const done = this.#flags.exec === undefined ? 'printed' : 'executed';
    const dead = this.#flags.deadLetters === undefined ? '' : `, dead letters ${this.#deadLetters}`;
    const { copies, late } = this.#envelopeCounts();
    const removed = this.#settings.envelope ? `, copies removed ${copies}, late ${late}` : '';
    this.#session.log.note({
      type,
      level: exitCode === 0 ? 'info' : 'error',
      lines: [`read ${this.#read}${regions}, ${done} ${this.#printed}${dead}${removed}`, ...more],
      fields: {
        read: this.#read,
        readByRegion: Object.fromEntries(this.#readByRegion),
        [done]: this.#printed,
        ...(this.#flags.deadLetters === undefined ? {} : { deadLetters: this.#deadLetters }),
        ...(this.#settings.envelope ? { copies, late } : {}),
        ...(exitCode === undefined ? {} : { exitCode }),
      },
    });
  }
}

function isSame(key: Uint8Array, other: Uint8Array | null): boolean {
  return other !== null && Buffer.compare(key, other) === 0;
}
