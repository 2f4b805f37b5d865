import { HaError, thrownInWords } from '../errors.ts';
import { openStore, Outbox, outboxDirectory, quietly, type StoreNews } from '../outbox/index.ts';
import type { SettingsReader } from '../settings/index.ts';
import { whenAborted } from '../when-aborted.ts';
import type { Connection } from './connect.ts';

interface HowToOpen {
  readonly caller: SettingsReader['caller'];
  /** On this machine's disk when absent. */
  readonly open?: typeof openStore | undefined;
  /** Whether no other producer of this process has an outbox; true when absent. */
  readonly isFirst?: boolean;
  /** Ends the opening. */
  readonly signal?: AbortSignal;
}

/**
 * The outbox that the settings ask for. Beside the record each process has a place of its own, and one that cannot be used
 * there is a warning, unless messages may wait in it: newer ones of their keys must not overtake them. A directory that is
 * named is for one process, and must be usable. Every producer of a process has a place of its own.
 *
 * @throws HaError `OUTBOX`: the directory cannot be used, or another process has it; the reason of the signal.
 */
export async function openOutbox(
  { settings, clock, emit }: Pick<Connection, 'settings' | 'clock' | 'emit'>,
  { caller, open = openStore, isFirst = true, signal }: HowToOpen,
): Promise<Outbox | undefined> {
  if (settings.outbox === 'off') return undefined;
  const named = settings.outboxDirectory;
  const directory = outboxDirectory(settings);
  let outbox: Outbox | undefined;
  const early: StoreNews[] = [];
  const news = (each: StoreNews): void => void (outbox === undefined ? early.push(each) : outbox.news(each));
  try {
    const take = named === undefined || !isFirst ? 'own' : 'exclusive';
    const opened = await openedUnlessAborted(open({ directory, take }, news), signal);
    if (opened === undefined) throw new HaError('OUTBOX', `The outbox ${directory} has no place left.`);
    outbox = new Outbox({
      ...opened,
      clock,
      emit,
      limits: settings,
      acknowledge: settings.outbox === 'always' ? settings.acknowledge : 'disk',
      openLeft: (told) =>
        open({ directory, take: 'left' }, told).catch((error: unknown) => {
          const message = `${thrownInWords(error)} What an ended process left there is not sent.`;
          emit({ type: 'warning', code: 'outbox-left', message });
          return undefined;
        }),
    });
    for (const each of early) outbox.news(each);
    return outbox;
  } catch (error) {
    // Its disk may not answer: nothing more is asked of it.
    if (signal?.aborted === true) throw error;
    // A sender whose messages are acknowledged by the disk must not go on without one.
    if (named !== undefined || settings.outbox === 'always') throw error;
    const { mayHoldLeftMessages } = await quietly(() => import('../outbox/slots.ts'));
    if (mayHoldLeftMessages(directory)) throw leftBehind(error, caller);
    const message = `${thrownInWords(error)} Messages that no region takes wait in memory instead.`;
    emit({ type: 'warning', code: 'outbox-not-used', message });
    return undefined;
  }
}

/** What is opened later is closed. @throws the signal's reason when it aborts first. */
async function openedUnlessAborted(
  opening: ReturnType<typeof openStore>,
  signal: AbortSignal | undefined,
): ReturnType<typeof openStore> {
  const aborted = Promise.withResolvers<never>();
  const ignoreSignal = whenAborted(signal, () => {
    aborted.reject(signal?.reason);
    opening.then((opened) => opened?.store.close()).catch(() => {});
  });
  try {
    return await Promise.race([opening, aborted.promise]);
  } finally {
    ignoreSignal();
  }
}

function leftBehind(cause: unknown, caller: SettingsReader['caller']): HaError {
  const without = caller === 'command-line' ? '--outbox off' : "outbox: 'off'";
  return new HaError(
    'OUTBOX',
    `${thrownInWords(cause)} Messages of an earlier process may wait in it, to be sent before newer ones: make it usable and start again, or send without it (${without}), and they stay there.`,
    { cause },
  );
}
