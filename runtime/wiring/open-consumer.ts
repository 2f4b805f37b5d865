import { randomUUID } from 'node:crypto';

import {
  createConsumer,
  HandledIds,
  WINDOW,
  type OpenedConsumer,
  type StreamConsumer,
} from '../consumer/index.ts';
import { isTransient, recordedRole } from '../core/index.ts';
import { readRecordedState, watchRecord, type RecordWatch } from '../record/index.ts';
import type { Answer, StreamRef } from '../region.ts';
import type { ConsumerOptions, Exact, Given, SettingsReader } from '../settings/index.ts';
import { findPrimary } from '../streams/index.ts';
import { connect, type ConnectContext, type Connection, type OpenContext } from './connect.ts';
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
  const { settings, clock, emit, recorded, primary, secondary } = connection;
  const handledIds = await openHandledIds(connection);
  const locator = locatorFor(connection);
  let watch: RecordWatch | undefined;
  const opened = createConsumer({
    primary: { role: 'primary', region: primary, locate: (signal) => locatePrimary(connection, signal) },
    secondary: { role: 'secondary', region: secondary, locate: (signal) => locator.locate(signal) },
    active: recorded.active,
    settings,
    clock,
    emit,
    handledIds,
    instance: `oci-streaming-ha-${randomUUID()}`,
    release: async () => {
      watch?.close();
      locator.close();
      await Promise.all([primary.close(), secondary.close(), handledIds?.close()]);
    },
  });
  watch = followRecord(connection, locator, opened);
  void followSecondary(locator, opened);
  return opened.consumer;
}

async function openHandledIds(connection: Connection): Promise<HandledIds | undefined> {
  const { settings, clock, emit, primary, secondary } = connection;
  const { dedupeDirectory: directory, group } = settings;
  if (directory === undefined) return undefined;
  try {
    return await HandledIds.open({ directory, group, capacity: WINDOW, clock, emit });
  } catch (error) {
    await Promise.all([primary.close(), secondary.close()]);
    throw error;
  }
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
