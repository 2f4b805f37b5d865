import { HaError } from '../../errors.ts';
import { keyFields, messageLine, outboxDirectory, outboxIsThere, quietly } from '../../outbox/index.ts';
import type * as inspection from '../../outbox/inspect.ts';
import { COMMAND_LINE, readSettings, SETTINGS_OF, type Given } from '../../settings/index.ts';
import { managerFrom } from '../../wiring/index.ts';
import { EXIT } from '../exit-codes.ts';
import { givenSettings } from '../new-command.ts';
import { openSession, outputIsWritten, type Session } from '../session.ts';
import { flagProblems, type OutboxAction, type OutboxFlags } from './command.ts';
import { withOutboxPlace } from '../flag-values.ts';

interface Look {
  readonly session: Session;
  readonly flags: OutboxFlags;
  readonly inspect: typeof inspection;
  readonly directory: string;
  readonly slots: readonly inspection.SlotView[];
}

/** How often it is looked whether all is sent, in ms. */
const LOOK_EVERY_MS = 100;
/** What an ended process left is taken over within this, in ms, or not at all. */
const TAKEN_OVER_WITHIN_MS = 5_000;
const KEYS_SHOWN = 20;
/** Keys that are counted apart; further ones are counted together, so that memory stays bounded. */
const MOST_KEYS = 100_000;

/** Does what the command line asks for; gives the exit code. */
export async function run(action: OutboxAction, flags: OutboxFlags): Promise<number> {
  const problems = flagProblems(action, flags);
  if (problems.length > 0) throw new HaError('CONFIG', problems.join('; '));
  const session = openSession('outbox', flags);
  const given = withOutboxPlace(givenSettings(flags, SETTINGS_OF.producer));
  const settings = readSettings(given, process.env, COMMAND_LINE);
  const inspect = await quietly(() => import('../../outbox/inspect.ts'));
  const directory = outboxDirectory(settings);
  const slots = inspect.viewsOf(directory);
  if (settings.outboxDirectory !== undefined && !outboxIsThere(directory)) {
    const lines = [`There is no directory ${directory}: no producer here has used it as its outbox.`];
    session.log.note({ type: 'outbox-absent', level: 'warn', lines });
  }
  if (action === 'send') return send(session, given, () => inspect.leftToSend(inspect.viewsOf(directory)));
  const look = { session, flags, inspect, directory, slots };
  const code = await ACTION[action](look);
  const isWritten = await outputIsWritten(session, session.interruption.signal, settings.closeTimeoutMs);
  if (isWritten || session.stdout.readerIsGone) return code;
  return session.interruption.exitCode ?? EXIT.failed;
}

const ACTION: Readonly<Record<Exclude<OutboxAction, 'send'>, (look: Look) => number | Promise<number>>> = {
  status({ session, flags, directory, slots }) {
    const messages = slots.reduce((sum, slot) => sum + slot.messages, 0);
    const isWhole = slots.every(({ problem }) => problem === undefined);
    if (flags.output === 'json') print(session, { directory, messages, slots: slots.map(withoutUndefined) });
    else {
      session.stdout.write(`${directory}: ${messages} messages wait\n`);
      for (const slot of slots) session.stdout.write(`${slotInWords(slot, session.clock.wall())}\n`);
      if (messages > 0)
        session.stdout.write('The next producer here sends them first; `outbox send` sends them now.\n');
    }
    return !isWhole ? EXIT.failed : messages > 0 ? EXIT.outbox : EXIT.done;
  },

  verify({ session, flags, inspect, slots }) {
    const checked = slots.map(({ directory, messages }) => ({
      directory,
      messages,
      problem: inspect.slotProblem(directory),
    }));
    const isWhole = checked.every(({ problem }) => problem === undefined);
    if (flags.output === 'json') print(session, { whole: isWhole, slots: checked.map(withoutUndefined) });
    else if (checked.length === 0) session.stdout.write('There is nothing to check.\n');
    for (const { directory, messages, problem } of flags.output === 'json' ? [] : checked) {
      session.stdout.write(
        problem === undefined
          ? `${directory}: whole, ${messages} messages\n`
          : `${directory}: ${inWords(problem)}. ${AFTER[problem.type]}\n`,
      );
    }
    return isWhole ? EXIT.done : EXIT.failed;
  },

  async show({ session, flags, inspect, slots }) {
    // By base64, so that two keys are one only when their bytes are.
    const keys = new Map<string | null, number>();
    let others = 0;
    for (const { directory } of slots) {
      for (const row of inspect.rowsOf(directory)) {
        const { key } = row;
        const { exitCode } = session.interruption;
        if (exitCode !== undefined) return interrupted(session, exitCode);
        await signalsAreSeen(session, row);
        if (keys.size >= MOST_KEYS && !keys.has(key)) others++;
        else keys.set(key, (keys.get(key) ?? 0) + 1);
      }
    }
    const most = [...keys].toSorted(([, a], [, b]) => b - a).slice(0, KEYS_SHOWN);
    const shown = most.map(([key, messages]) => ({ ...keyFields(key), messages }));
    if (flags.output === 'json')
      print(session, { keys: keys.size, mostKeys: shown, messagesOfFurtherKeys: others });
    else {
      session.stdout.write(`${keys.size}${others === 0 ? '' : ' or more'} keys\n`);
      for (const { messages, ...key } of shown)
        session.stdout.write(`${String(messages).padStart(10)}  ${keyInWords(key)}\n`);
    }
    return EXIT.done;
  },

  async export({ session, inspect, slots }) {
    const { interruption, stdout } = session;
    const interruptedFirst = Promise.withResolvers<void>();
    interruption.signal.addEventListener('abort', () => interruptedFirst.resolve(), { once: true });
    for (const { directory } of slots) {
      for (const row of inspect.rowsOf(directory)) {
        if (stdout.readerIsGone) return EXIT.done;
        if (stdout.lost !== undefined) return EXIT.failed;
        if (interruption.exitCode !== undefined) return interrupted(session, interruption.exitCode);
        stdout.write(messageLine(row));
        const room = stdout.whenRoom();
        // A reader that does not read must not keep the command from ending.
        if (room !== undefined) await Promise.race([room, interruptedFirst.promise]);
      }
    }
    return EXIT.done;
  },

  discard({ session, flags, inspect, directory, slots }) {
    if (flags.yes !== true)
      throw new HaError(
        'CONFIG',
        `This would remove ${contents(slots)} in ${directory} for good: say --yes.`,
      );
    const removed: inspection.SlotView[] = [];
    for (const slot of slots) {
      if (inspect.discard(slot.directory, session.clock.wall())) removed.push(slot);
      else session.stdout.write(`${slot.directory} is used by a process, and stays.\n`);
    }
    session.stdout.write(`${contents(removed)} removed.\n`);
    return removed.length < slots.length ? EXIT.failed : EXIT.done;
  },
};

function keyInWords(key: ReturnType<typeof keyFields>): string {
  if ('keyBase64' in key) return `${key.keyBase64} (base64)`;
  return key.key === null ? '(no key)' : JSON.stringify(key.key);
}

/** Reading blocks this thread, and a signal waits until it does not. */
const SIGNALS_EVERY = 10_000;

function signalsAreSeen(
  { clock }: Session,
  { sequence }: { readonly sequence: number },
): Promise<void> | undefined {
  return sequence % SIGNALS_EVERY === 0 ? clock.sleep(0) : undefined;
}

function interrupted({ log }: Session, code: number): number {
  log.note({ type: 'interrupted', level: 'error', lines: ['Interrupted before the end.'] });
  return code;
}

/** `3 messages, 2 in failed.jsonl, 1 damaged file, what could not be read in o/0`. */
function contents(slots: readonly inspection.SlotView[]): string {
  const messages = slots.reduce((sum, slot) => sum + slot.messages, 0);
  const unread = slots.filter(({ problem }) => problem !== undefined).map(({ directory }) => directory);
  const failed = slots.reduce((sum, slot) => sum + slot.failed, 0);
  const damaged = slots.reduce((sum, slot) => sum + slot.setAside.length, 0);
  return [
    `${messages} messages`,
    ...(failed === 0 ? [] : [`${failed} in failed.jsonl`]),
    ...(damaged === 0 ? [] : [`${damaged} damaged ${damaged === 1 ? 'file' : 'files'}`]),
    ...(unread.length === 0 ? [] : [`what could not be read in ${unread.join(', ')}`]),
  ].join(', ');
}

/** A producer that sends nothing of its own, until nothing waits, or it is interrupted. */
async function send(
  session: Session,
  given: Given,
  toSend: () => ReturnType<typeof inspection.leftToSend>,
): Promise<number> {
  const { clock, interruption, log } = session;
  /** Messages that were on disk and could not be recovered. */
  let missing = 0;
  /** No region takes them, or they were too old. */
  let setAside = 0;
  let isStopped = false;
  const opening = managerFrom({ ...given, outbox: 'outage' }, COMMAND_LINE, {
    signal: interruption.signal,
    listener: (event) => {
      if (event.type === 'outbox-recovered') missing += event.missing ?? 1;
      if (event.type === 'outbox-failed') setAside++;
      if (event.type === 'outbox-stopped') isStopped = true;
      log.event(event);
    },
  });
  const manager = await opening.catch((error: unknown) => {
    if (interruption.exitCode === undefined) throw error;
    return interruption.exitCode;
  });
  if (typeof manager === 'number') return interrupted(session, manager);
  const producer = manager.createProducer();
  const before = toSend().messages;
  let left = before;
  let changedAt = clock.now();
  // A slot that is being taken over counts as another process's for a moment.
  for (let looksAtNothing = 0; looksAtNothing < 3 && !interruption.signal.aborted && !isStopped;) {
    await clock.sleep(LOOK_EVERY_MS, { signal: interruption.signal }).catch(() => {});
    // A look at the disk blocks this thread: so only when the producer has none.
    const { messages: held = 0, isRecovering = false } = producer.stats().outbox ?? {};
    const isBusy = held > 0 || isRecovering;
    const { messages: now, damaged } = isBusy ? { messages: held, damaged: [] } : toSend();
    if (now !== left || isBusy) changedAt = clock.now();
    left = now;
    looksAtNothing = left === 0 && damaged.length === 0 && !isBusy ? looksAtNothing + 1 : 0;
    // What cannot be taken over is not waited for.
    if (clock.now() - changedAt > TAKEN_OVER_WITHIN_MS) break;
  }
  await producer.close();
  await manager.close();
  const { storedByRegion, outbox } = producer.stats();
  const lost = outbox?.lost ?? 0;
  const sent = Object.values(storedByRegion).reduce((sum, count) => sum + count, 0);
  const after = toSend();
  left = after.messages;
  const isRecovered = after.damaged.length === 0;
  const isDone = lost + setAside + missing === 0 && isRecovered;
  const hasFailed = lost + setAside > 0 || isStopped;
  const code = hasFailed ? EXIT.failed : left > 0 ? EXIT.outbox : isDone ? EXIT.done : EXIT.failed;
  const lines = [
    `${sent} messages were sent, ${left} wait in the outbox.`,
    ...(left === 0 ? [] : ['The next producer here sends them first; `outbox send` goes on with them.']),
    ...(setAside === 0
      ? []
      : [`${setAside} were moved to failed.jsonl: no region takes them, or they were too old.`]),
    ...(lost === 0 ? [] : [`${lost} messages are lost: their files were removed while they were in use.`]),
    ...(isRecovered ? [] : [`What is readable in ${after.damaged.join(', ')} is not all recovered yet.`]),
  ];
  log.note({
    type: 'summary',
    level: code === EXIT.done ? 'info' : 'error',
    lines,
    fields: { sent, left, lost, setAside, found: before, storedByRegion },
  });
  return code;
}

function print(session: Session, value: unknown): void {
  session.stdout.write(`${JSON.stringify(value)}\n`);
}

function withoutUndefined(slot: object): object {
  return Object.fromEntries(Object.entries(slot).map(([name, value]) => [name, (value as unknown) ?? null]));
}

function slotInWords(slot: inspection.SlotView, now: number): string {
  const { directory, messages, bytes, oldestAt, holder, problem, failed, setAside, diskBytes } = slot;
  const age = oldestAt === undefined ? '' : `, the oldest for ${Math.round((now - oldestAt) / 1_000)} s`;
  const used =
    holder === undefined
      ? 'no process uses it'
      : holder === 'unknown'
        ? 'a process uses it'
        : `process ${holder.pid} uses it since ${holder.since}`;
  return [
    `${directory}: ${problem === undefined ? `${messages} messages, ${bytes} bytes${age}` : inWords(problem)}; ${used}; ${diskBytes} bytes on disk`,
    ...(failed === 0
      ? []
      : [`  ${failed} messages in failed.jsonl: no region takes them, or they were too old`]),
    ...setAside.map((file) => `  ${file} was damaged; what was readable in it is recovered`),
  ].join('\n');
}

function inWords({ type, because }: inspection.SlotProblem): string {
  return `${type === 'damaged' ? 'damaged' : 'cannot be used'}: ${because}`;
}

/** What becomes of a slot with a problem. */
const AFTER = {
  damaged: 'The next producer sets the file aside and recovers what is readable.',
  unusable: 'Its messages stay, and no producer here can send them before that is corrected.',
} as const satisfies Record<inspection.SlotProblem['type'], string>;
