import type { HaEvent, Role } from '../../events.ts';
import { SwitchNews } from '../../log/switch-news.ts';
import type { Manager, ProducerStats } from '../../producer/index.ts';
import type { AnyReceipt } from '../../receipt.ts';
import { Presence, readRecordedState, type RecordedState } from '../../record/index.ts';
import { COMMAND_LINE, readSettings, SETTINGS_OF, type Given, type Settings } from '../../settings/index.ts';
import { managerFrom } from '../../wiring/index.ts';
import { EXIT } from '../exit-codes.ts';
import { givenSettings } from '../new-command.ts';
import { withOutboxPlace } from '../flag-values.ts';
import { openSession, outputIsWritten, type Session } from '../session.ts';
import type { StandardOutput } from '../standard-streams.ts';
import type { ProducerFlags } from './command.ts';
import { messages, producerExitCode, whatIsLeft, whereTheFirstIs, type RunEnd } from './ending.ts';
import { planOf, type Plan } from './input.ts';
import { FailedLines, LinesNotStored } from './lines-not-stored.ts';
import { Publisher, type Amount } from './publisher.ts';
import { inputProblem } from './sources.ts';
import { Stop } from './stop.ts';
import { ProgressLine, progressText, Tally } from './tally.ts';

/** Publishes what the command line asks for; gives the exit code. */
export async function run(names: readonly string[], flags: ProducerFlags): Promise<number> {
  const plan = planOf(names, flags);
  const given = withOutboxPlace(givenSettings(flags, SETTINGS_OF.producer));
  const settings = readSettings(given, process.env, COMMAND_LINE);
  const session = openSession('producer', flags);
  const failedLines =
    flags.failed === undefined ? undefined : new FailedLines(flags.failed, plan.delimiter, process.pid);
  const run = new ProducerRun(session, { plan, settings, given, failedLines, flags });
  try {
    return await run.toItsEnd();
  } catch (error) {
    // Nothing was read: opening failed.
    failedLines?.discard();
    throw error;
  } finally {
    run.close();
  }
}

interface RunParts {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly given: Given;
  readonly failedLines: FailedLines | undefined;
  readonly flags: ProducerFlags;
}

class ProducerRun {
  readonly #session: Session;
  readonly #parts: RunParts;
  readonly #tally = new Tally();
  readonly #stop = new Stop();
  readonly #notStored: LinesNotStored;
  readonly #news: SwitchNews;
  readonly #roles = new Map<string, Role>();
  readonly #closers: (() => void)[] = [];
  #presence: Presence | undefined;
  #region: string | undefined;
  #inputFailed = false;
  #outbox: ProducerStats['outbox'];
  /** The source was read to its end. */
  #isComplete: boolean;

  constructor(session: Session, parts: RunParts) {
    this.#session = session;
    this.#parts = parts;
    const { clock, log, interruption } = session;
    const { settings, flags } = parts;
    this.#isComplete = false;
    this.#notStored = new LinesNotStored(clock, (note) => log.note(note));
    this.#news = new SwitchNews({
      clock,
      settings,
      primaryRegion: settings.primaryRegion,
      note: (note) => log.note(note),
    });
    interruption.signal.addEventListener('abort', () => this.#stop.interrupted(), { once: true });
    if (flags.deadline !== undefined) {
      this.#closers.push(clock.after(flags.deadline, () => this.#stop.deadline()));
    }
    session.stdout.onLost = (error) =>
      log.note({
        type: 'output-lost',
        level: 'error',
        lines: [
          `Standard output cannot be written any more (${error.code ?? error.message}): receipts are lost from here on; messages are sent on.`,
        ],
      });
  }

  async toItsEnd(): Promise<number> {
    const { given } = this.#parts;
    const opening = managerFrom(given, COMMAND_LINE, {
      signal: this.#stop.signal,
      listener: (event) => this.#event(event),
    });
    const manager = await opening.catch((error: unknown) => {
      if (this.#stop.reason === undefined) throw error;
      return undefined;
    });
    if (manager !== undefined) await this.#publishWith(manager);
    return this.#conclude();
  }

  close(): void {
    for (const close of this.#closers) close();
    this.#news.close();
    this.#presence?.close();
  }

  #event(event: HaEvent): void {
    const { clock, log } = this.#session;
    if (event.type === 'failover-done') this.#isIn(event.to.region, event.role);
    if (event.type === 'failback-done') this.#isIn(event.to.region, 'primary');
    if (event.type === 'failover-started') this.#region = undefined;
    if (event.type === 'stayed') this.#region = event.stream.region;
    this.#tally.event(event, clock.wall());
    this.#news.event(event);
    this.#presence?.event(event);
    log.event(event);
  }

  #isIn(region: string, role: Role): void {
    this.#region = region;
    this.#roles.set(region, role);
  }

  async #publishWith(manager: Manager<AnyReceipt>): Promise<void> {
    const { clock, log, interruption, stderr, stdout } = this.#session;
    const { plan, settings, failedLines, flags } = this.#parts;
    await this.#sayWhereItStarts(manager);
    const producer = manager.createProducer();
    const publisher = new Publisher({
      producer,
      tally: this.#tally,
      clock,
      stop: this.#stop,
      receipts: flags.output === 'json' ? stdout : undefined,
      failedLines,
      notStored: this.#notStored,
      ...amounts(settings),
    });
    interruption.onSecond = () => this.#endAtOnce(publisher);
    const isLive = flags.log !== 'json' && flags.quiet !== true;
    const progress = new ProgressLine(stderr.stream, clock, isLive, () =>
      progressText(this.#tally, producer.stats().bufferedBytes),
    );
    stderr.beforeWrite = () => progress.clear();
    if (process.stdout.isTTY) stdout.beforeWrite = () => progress.clear();
    this.#closers.push(() => progress.close());
    const items = plan.items(clock, this.#stop.signal, (source, line, error) => {
      this.#inputFailed = true;
      log.note({
        type: 'input-failed',
        level: 'error',
        lines: [
          `${source.name} could not be read to its end: ${inputProblem(error)}. It broke off in line ${line}; the complete lines before it were sent.`,
        ],
        fields: { source: source.name, line },
      });
    });
    await publisher.publish(items);
    this.#isComplete = publisher.isSourceRead || plan.isEndless;
    const isLate = this.#stop.reason?.type === 'deadline';
    await producer.close({ withinMs: isLate ? 0 : settings.closeTimeoutMs });
    await manager.close();
    const { outbox, storedByRegion } = producer.stats();
    this.#outbox = outbox;
    this.#tally.ends(storedByRegion);
    progress.close();
    interruption.onSecond = () => {};
  }

  async #sayWhereItStarts(manager: Manager<AnyReceipt>): Promise<void> {
    const { clock, log } = this.#session;
    const { settings } = this.#parts;
    const recorded = await this.#recorded();
    const { active } = manager;
    if (active !== undefined) this.#isIn(active.stream?.region ?? settings.primaryRegion, active.role);
    const region = this.#region;
    const { activeSince } = recorded.record;
    const since =
      activeSince === undefined || recorded.record.activeRegion !== region
        ? `no switch is recorded in ${settings.recordFile}`
        : `since ${activeSince}, says ${settings.recordFile}`;
    log.note({
      type: 'started',
      level: 'info',
      region,
      lines: [
        region === undefined || active === undefined
          ? 'No region takes messages yet; looking for one.'
          : `Writing to ${region} (${active.role}): ${since}.`,
      ],
      fields: {
        role: active?.role ?? null,
        activeSince: activeSince ?? null,
        recordFile: settings.recordFile,
      },
    });
    if (active?.role === 'secondary' && region !== undefined) {
      const at = activeSince === undefined ? clock.wall() : Date.parse(activeSince);
      this.#news.startAway(region, at, `${settings.recordFile} says so`);
    }
    this.#presence = new Presence(
      {
        recordFile: settings.recordFile,
        component: 'producer',
        clock,
        onProblem: (message) => log.event({ type: 'warning', code: 'presence-not-written', message }),
      },
      region,
    );
  }

  #recorded(): Promise<RecordedState> {
    const { settings } = this.#parts;
    const file = settings.recordFile;
    // Opening has logged the warnings already.
    return readRecordedState({ file, environment: process.env, settings, emit: () => {} });
  }

  /** After a second signal: only prints the numbers. */
  #endAtOnce(publisher: Publisher): void {
    publisher.giveUp();
    this.#parts.failedLines?.finish();
    this.#notStored.flush();
    const { notStored } = this.#tally;
    const words =
      notStored === 0
        ? 'Ended at once: all that was read is stored.'
        : `Ended at once: ${messages(notStored, 'is', 'are')} not known to be stored.`;
    const lines = [words, ...whereTheFirstIs(this.#tally), ...this.#tally.summary()];
    this.#session.log.note({ type: 'interrupted', level: 'error', lines, fields: this.#tally.fields() });
  }

  async #conclude(): Promise<number> {
    const { log, interruption, stdout } = this.#session;
    const { settings, failedLines } = this.#parts;
    this.#notStored.flush();
    failedLines?.finish();
    const isWritten = await outputIsWritten(this.#session, this.#stop.signal, settings.closeTimeoutMs);
    const tally = this.#tally;
    const end: RunEnd = {
      stopped: this.#stop.reason,
      interruptedCode: interruption.exitCode,
      isComplete: this.#isComplete,
      notStored: tally.notStored,
      firstNotStored: tally.firstNotStored,
      lastError: tally.lastError,
      setAside: tally.setAside,
      unrecovered: tally.unrecovered,
      inputFailed: this.#inputFailed,
      output: outputOf(isWritten, stdout),
      failedLinesProblem: failedLines?.problem,
      storedInSecondary: [...tally.storedByRegion]
        .filter(([region]) => this.#roles.get(region) === 'secondary')
        .reduce((sum, [, count]) => sum + count, 0),
      outbox: this.#outbox,
    };
    const exitCode = producerExitCode(end);
    const level = exitCode === EXIT.done || exitCode === EXIT.failedOver ? 'info' : 'error';
    const lines = [...tally.summary(), ...whatIsLeft(end)];
    const { messages: inOutbox = 0, lost = 0 } = this.#outbox ?? {};
    const fields = { exitCode, ...tally.fields(), inOutbox, lost };
    log.note({ type: 'summary', level, lines, fields });
    return exitCode;
  }
}

function outputOf(isWritten: boolean, { lost, waitingBytes }: StandardOutput): RunEnd['output'] {
  if (isWritten) return 'written';
  return lost === undefined ? { waitingBytes } : 'lost';
}

/** What the publisher takes at once, and in all. */
function amounts({ lanes, maxBatchMessages, maxBatchBytes, maxBufferBytes }: Settings): {
  readonly maxGroup: Amount;
  readonly maxOutstanding: Amount;
} {
  // Room for a group is waited for as a whole.
  const share = maxBufferBytes / 8;
  return {
    maxGroup: {
      messages: Math.max(1, Math.min(maxBatchMessages, Math.floor(share / 1_024))),
      bytes: Math.min(maxBatchBytes, share),
    },
    // A request of each lane: more would only take memory.
    maxOutstanding: { messages: lanes * maxBatchMessages, bytes: lanes * maxBatchBytes },
  };
}
