import { randomUUID } from 'node:crypto';

import {
  createConsumer,
  deadLetterHook,
  WINDOW,
  type ConsumedRegion,
  type ConsumerParts,
  type OpenedConsumer,
  type StreamConsumer,
} from '../consumer/index.ts';
import { isTransient, recordedRole } from '../core/index.ts';
import type { Role } from '../events.ts';
import { quietly } from '../outbox/index.ts';
import { readRecordedState, watchRecord, type RecordWatch } from '../record/index.ts';
import type { Answer, StreamRef } from '../region.ts';
import type { ConsumerOptions, Exact, Given, SettingsReader } from '../settings/index.ts';
import { findPrimary } from '../streams/index.ts';
import { connect, type ConnectContext, type Connection, type OpenContext } from './connect.ts';
import { findNamedStreams } from './named-streams.ts';
import { SecondaryLocator } from './secondary-locator.ts';

/**
 * A consumer of both regions. It follows stream.properties while it runs, and the environment, and, where a compartment
 * is given, finds a secondary that a producer on another machine created.
 *
 * @throws HaError `CONFIG`, `RECORD`: nothing was sent.
 */
export function openConsumer<O extends ConsumerOptions>(
  options?: Exact<O, ConsumerOptions>,
  context?: OpenContext,
): Promise<StreamConsumer> {
  return consumerFrom(options ?? {}, { caller: 'library', handle: 'consumer' }, context ?? {});
}

export async function consumerFrom(
  given: Given,
  reader: SettingsReader,
  context: ConnectContext,
): Promise<StreamConsumer> {
  const connection = await connect(given, reader, context);
  const opening: Opening = { connection, closers: [] };
  try {
    return connection.settings.fromDeadLetters === undefined
      ? await openBothStreams(opening)
      : await openFromDeadLetters(opening, connection.settings.fromDeadLetters);
  } catch (error) {
    await closeAll(opening);
    throw error;
  }
}

interface Opening {
  readonly connection: Connection;
  /** What was opened for this consumer beside the connection. */
  readonly closers: (() => void | Promise<void>)[];
}

async function closeAll({ connection, closers }: Opening): Promise<void> {
  const { primary, secondary } = connection;
  await Promise.all([...closers.map((close) => close()), primary.close(), secondary.close()]);
}

async function openBothStreams(opening: Opening): Promise<StreamConsumer> {
  const { connection, closers } = opening;
  const { recorded, primary, secondary } = connection;
  const member = await memberOf(opening);
  const locator = locatorFor(connection);
  const opened = createConsumer({
    ...member,
    primary: { role: 'primary', region: primary, locate: (signal) => locatePrimary(connection, signal) },
    secondary: { role: 'secondary', region: secondary, locate: (signal) => locator.locate(signal) },
    active: recorded.active,
  });
  const watch = followRecord(connection, locator, opened);
  closers.push(
    () => watch.close(),
    () => locator.close(),
  );
  void followSecondary(locator, opened);
  return opened.consumer;
}

/** The streams of that name in both regions, in place of the primary and the secondary stream. */
async function openFromDeadLetters(opening: Opening, name: string): Promise<StreamConsumer> {
  const streams = await findNamedStreams(opening.connection, name, 'fromDeadLetters');
  const of = (role: Role): ConsumedRegion => {
    const { region, locate, forget } = streams[role];
    // The next call comes after a refusal: the stream may have been deleted and created again.
    return { role, region, locate: (signal) => locate(signal).finally(forget) };
  };
  const { consumer } = createConsumer({
    ...(await memberOf(opening)),
    primary: of('primary'),
    secondary: of('secondary'),
    active: streams.active,
  });
  return consumer;
}

/** What a consumer needs whatever it reads. */
async function memberOf(opening: Opening): Promise<Omit<ConsumerParts, 'primary' | 'secondary' | 'active'>> {
  const { connection, closers } = opening;
  const { settings, clock, emit } = connection;
  const { deadLetters, dedupeDirectory: directory, group } = settings;
  const hook =
    deadLetters === undefined
      ? undefined
      : deadLetterHook({
          name: deadLetters,
          streams: await findNamedStreams(connection, deadLetters, 'deadLetters'),
          settings,
          clock,
          emit,
        });
  const handledIds =
    directory === undefined
      ? undefined
      : await (await loadHandledIds()).open({ directory, group, capacity: WINDOW, clock, emit });
  if (handledIds !== undefined) closers.push(() => handledIds.close());
  return {
    settings,
    clock,
    emit,
    onDeadLetter: hook,
    handledIds,
    instance: `oci-streaming-ha-${randomUUID()}`,
    release: () => closeAll(opening),
  };
}

/** While the control plane fails, the primary can be read if settings name its OCID and endpoint, or the state file does. */
async function locatePrimary(connection: Connection, signal: AbortSignal): Promise<Answer<StreamRef>> {
  const { primary, givenPrimary, recorded } = connection;
  const found = await findPrimary({ ...connection, region: primary, signal });
  switch (found.type) {
    case 'found':
      return { ok: true, value: found.stream };
    case 'wrong':
      return { ok: false, failure: { type: 'misconfigured', detail: found.error.message } };
    case 'failed': {
      const known = givenPrimary ?? recorded.primary?.stream;
      if (known === undefined || !isTransient(found.failure)) return { ok: false, failure: found.failure };
      return { ok: true, value: known };
    }
  }
}

function locatorFor({
  settings,
  clock,
  emit,
  environment,
  recorded,
  secondary,
}: Connection): SecondaryLocator {
  const silently = { file: settings.recordFile, environment, settings, emit: (): void => {}, clock };
  return new SecondaryLocator({
    region: secondary,
    settings,
    clock,
    emit,
    named: recorded.secondary,
    readNamed: async () => (await readRecordedState(silently)).secondary,
  });
}

function followRecord(
  { settings, recorded, clock, emit }: Connection,
  locator: SecondaryLocator,
  opened: OpenedConsumer,
): RecordWatch {
  return watchRecord({
    file: settings.recordFile,
    settings,
    known: recorded.record,
    clock,
    emit,
    onChange: (record) => {
      if (locator.learn(record.secondary)) opened.relocate('secondary');
      const active = recordedRole(record, settings.primaryRegion);
      opened.setActive(active ?? 'primary', `${settings.recordFile} says so`);
    },
  });
}

/** Ends when the locator is closed; never rejects. */
async function followSecondary(locator: SecondaryLocator, opened: OpenedConsumer): Promise<void> {
  for await (const _ of locator.changes()) opened.relocate('secondary');
}

/** With node:sqlite, which warns before Node 24.15: only for consumers that use it. */
async function loadHandledIds() {
  return (await quietly(() => import('../consumer/handled-ids.ts'))).HandledIds;
}
