import { type Hold, type StreamRef } from '../core/index.ts';
import { Manager, Producer, type StreamManager, type StreamProducer } from '../producer/index.ts';
import type { Outbox } from '../outbox/index.ts';
import type { AnyReceipt, Receipt } from '../receipt.ts';
import { locateAtStart, Router, type RouterStart } from '../router/index.ts';
import type { Exact, Given, ProducerOptions, SettingsReader } from '../settings/index.ts';
import { Primary, primaryProblem, Provisioner, type FoundPrimary, type Located } from '../streams/index.ts';
import { RecordingSink } from './active-region-sink.ts';
import { openOutbox } from './open-outbox.ts';
import { connect, type ConnectContext, type Connection, type OpenContext } from './connect.ts';

const READER: SettingsReader = { caller: 'library', handle: 'producer' };

/**
 * A producer that keeps going when a region fails: `send` gives a receipt from the region that stored the message.
 * Settings that are not given come from the environment, then from the defaults. Resolves when it is known where messages
 * go; in an outage of the primary that is when the failover has begun.
 *
 * @throws HaError `CONFIG`, `RECORD`, `AUTH`, `NOT_AUTHORIZED_OR_NOT_FOUND`: nothing was sent.
 */
export function openProducer<O extends ProducerOptions = object>(
  options?: Exact<O, ProducerOptions>,
  context?: OpenContext,
): Promise<StreamProducer<ReceiptWith<O>>> {
  return producerFrom(options ?? {}, READER, context ?? {});
}

/**
 * A manager between the two regions, as the Java program has it.
 *
 * @throws HaError as `openProducer`.
 */
export function openManager<O extends ProducerOptions = object>(
  options?: Exact<O, ProducerOptions>,
  context?: OpenContext,
): Promise<StreamManager<ReceiptWith<O>>> {
  return managerFrom(options ?? {}, READER, context ?? {});
}

/** What `send` resolves with: receipts of an outbox come only where one is asked for. */
export type ReceiptWith<O extends ProducerOptions> = 'outbox' extends keyof O
  ? [Extract<O['outbox'], 'outage' | 'always'>] extends [never]
    ? Receipt
    : AnyReceipt
  : Receipt;

export async function producerFrom<R extends AnyReceipt>(
  given: Given,
  reader: SettingsReader,
  context: ConnectContext,
): Promise<StreamProducer<R>> {
  return new Producer<R>(await openParts(given, reader, context));
}

export async function managerFrom<R extends AnyReceipt>(
  given: Given,
  reader: SettingsReader,
  context: ConnectContext,
): Promise<Manager<R>> {
  return new Manager<R>(await openParts(given, reader, context));
}

async function openParts(
  given: Given,
  reader: SettingsReader,
  context: ConnectContext,
): Promise<ConstructorParameters<typeof Manager>[0]> {
  const connection = await connect(given, reader, context);
  const { settings, clock, emit, primary, secondary } = connection;
  let outbox: Outbox | undefined;
  try {
    const how = { caller: reader.caller, open: context.openStore };
    outbox = await openOutbox(connection, { ...how, signal: connection.signal });
    const router = await openRouter(connection);
    return {
      router,
      settings,
      clock,
      emit,
      outbox,
      openOutbox:
        settings.outbox === 'off' ? undefined : () => openOutbox(connection, { ...how, isFirst: false }),
      onClosed: () => router.close(),
    };
  } catch (error) {
    await Promise.all([primary.close(), secondary.close(), outbox?.close()]);
    throw error;
  }
}

/** A router that knows where messages go; in an outage it has begun the failover. */
async function openRouter(connection: Connection): Promise<Router> {
  const { settings, clock, emit, primary, secondary, recorded, signal, givenPrimary } = connection;
  const sink = new RecordingSink(connection);
  const remembered = rememberedPrimary(connection);
  const model = new Primary({
    region: primary,
    settings,
    clock,
    signal,
    remembered,
    onSeen: ({ partitions, retentionInHours, compartmentId }, stream) => {
      if (retentionInHours === undefined || compartmentId === '') return;
      sink.rememberPrimary({ stream, partitions, retentionInHours, compartmentId });
    },
  });
  const provisioner = new Provisioner({
    region: secondary,
    name: settings.secondaryStreamName,
    shape: () => model.shape(),
    limits: settings,
    clock,
    emit,
  });
  const start = await startOf(connection, model, remembered?.stream);
  // The shape of the primary must be known before it fails.
  void model.learn();
  const router = new Router({
    settings,
    clock,
    emit,
    regions: { primary, secondary },
    locate: {
      primary: async (ends) => located(await model.find(ends), settings.primaryRegion),
      secondary: (ends) => provisioner.locate(recorded.secondary?.ocid, ends),
    },
    checkStandby: (ends) => provisioner.check(ends),
    sink,
    start: {
      ...start,
      streams: { primary: givenPrimary ?? start.streams.primary, secondary: recorded.secondary },
      recorded:
        recorded.because === 'nothing-recorded'
          ? undefined
          : { active: recorded.active, secondary: recorded.secondary },
      hold: holdOf(recorded.hold),
      lastFailbackAt:
        recorded.lastFailbackAt === undefined
          ? undefined
          : clock.now() - Math.max(0, clock.wall() - recorded.lastFailbackAt),
    },
  });
  sink.watch((record) => router.recordChanged(record));
  return router;
}

type KnownStart = Pick<RouterStart, 'active' | 'primaryHealth'> & {
  readonly streams: { readonly primary: StreamRef | undefined };
};

/** The active region, and the primary stream if it must be known before messages are accepted. */
async function startOf(
  connection: Connection,
  model: Primary,
  remembered: StreamRef | undefined,
): Promise<KnownStart> {
  const { settings, clock, emit, signal, recorded, givenPrimary } = connection;
  const known = givenPrimary ?? remembered;
  if (recorded.active === 'secondary' && recorded.secondary !== undefined) {
    return { active: 'secondary', streams: { primary: known } };
  }
  if (givenPrimary !== undefined) return { active: 'primary', streams: { primary: givenPrimary } };
  const started = await locateAtStart({
    region: settings.primaryRegion,
    find: (ends) => model.find(ends),
    limitMs: settings.requestTimeoutMs,
    clock,
    emit,
    signal,
    known: remembered,
  });
  if (started.type === 'located') return { active: 'primary', streams: { primary: started.stream } };
  return { active: 'primary', primaryHealth: started.health, streams: { primary: undefined } };
}

/** The primary in the state file, unless the settings mean another stream now. */
function rememberedPrimary({ recorded, settings }: Connection): Connection['recorded']['primary'] {
  const { primary } = recorded;
  if (primary === undefined) return undefined;
  const { primaryStreamOcid, compartmentId } = settings;
  if (primaryStreamOcid !== undefined) return primary.stream.ocid === primaryStreamOcid ? primary : undefined;
  return compartmentId === undefined || primary.compartmentId === compartmentId ? primary : undefined;
}

function located(found: FoundPrimary, region: string): Located {
  if (found.type === 'found') return { type: 'located', stream: found.stream };
  const unreachable = found.type === 'failed' && found.failure.type === 'unreachable';
  return { type: 'not-located', problem: primaryProblem(found, region), unreachable, retryInMs: 0 };
}

function holdOf(text: string | undefined): Hold | undefined {
  if (text === undefined) return undefined;
  const [by = '', ...why] = text.split(': ');
  return { by, why: why.join(': ') };
}
