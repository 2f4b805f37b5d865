import { randomUUID } from 'node:crypto';

import { createConsumer, type OpenedConsumer, type StreamConsumer } from '../consumer/index.ts';
import { checkStream, chooseActive, isTransient, realmOfOcid } from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import { readWhereabouts, watchRecord, type RecordWatch } from '../record/index.ts';
import type { Answer, StreamRef } from '../region.ts';
import type { Given, Options } from '../settings/index.ts';
import { findPrimary } from '../streams/index.ts';
import { connect, type Connection, type OpenContext } from './connect.ts';
import { SecondaryLookout } from './secondary-lookout.ts';

/**
 * A consumer of both regions. It follows stream.properties while it runs, and the environment, and, where a compartment
 * is given, finds a secondary that a producer on another machine created.
 *
 * @throws HaError `CONFIG`, `RECORD`: nothing was sent.
 */
export async function openConsumer(
  options: Options | Given = {},
  context: OpenContext = {},
): Promise<StreamConsumer> {
  const connection = await connect(options, context);
  const { settings, clock, emit, whereabouts, primary, secondary } = connection;
  const lookout = lookoutFor(connection);
  let watch: RecordWatch | undefined;
  const opened = createConsumer({
    primary: { role: 'primary', region: primary, locate: (signal) => locatePrimary(connection, signal) },
    secondary: { role: 'secondary', region: secondary, locate: (signal) => lookout.locate(signal) },
    active: whereabouts.active.active,
    settings,
    clock,
    emit,
    instance: `oci-streaming-ha-${randomUUID()}`,
    release: async () => {
      watch?.close();
      lookout.close();
      await Promise.all([primary.close(), secondary.close()]);
    },
  });
  watch = followRecord(connection, lookout, opened);
  void followNews(lookout, opened);
  return opened.consumer;
}

function lookoutFor({
  settings,
  clock,
  emit,
  environment,
  whereabouts,
  secondary,
}: Connection): SecondaryLookout {
  const silent = { file: settings.recordFile, environment, settings, emit: (): void => {} };
  return new SecondaryLookout({
    region: secondary,
    settings,
    clock,
    emit,
    named: whereabouts.secondary,
    readNamed: async () => (await readWhereabouts(silent)).secondary,
  });
}

function followRecord(
  { settings, whereabouts, clock, emit }: Connection,
  lookout: SecondaryLookout,
  opened: OpenedConsumer,
): RecordWatch {
  const regions = { primary: settings.primaryRegion, secondary: settings.secondaryRegion };
  return watchRecord({
    file: settings.recordFile,
    settings,
    known: whereabouts.record,
    clock,
    emit,
    onChange: ({ secondary, activeRegion }) => {
      if (lookout.learn(secondary)) opened.relocate('secondary');
      const { active } = chooseActive(secondary && { ...secondary, activeRegion }, undefined, regions);
      opened.setActive(active, `${settings.recordFile} says so`);
    },
  });
}

/** Ends when the lookout is closed; never rejects. */
async function followNews(lookout: SecondaryLookout, opened: OpenedConsumer): Promise<void> {
  for await (const _ of lookout.news()) opened.relocate('secondary');
}

/** When only the control plane fails, settings that name the stream whole are enough to read it. */
async function locatePrimary(connection: Connection, signal: AbortSignal): Promise<Answer<StreamRef>> {
  const { primary, settings } = connection;
  try {
    const { address } = await findPrimary({ ...connection, region: primary, signal });
    if (address.trusted) return { ok: true, value: address.stream };
    const detail = `the primary stream in ${primary.name}: its ${address.about} ${address.problem}`;
    return { ok: false, failure: { type: 'misconfigured', detail } };
  } catch (error) {
    if (!(error instanceof HaError)) throw error;
    if (!(error instanceof CallError)) {
      return { ok: false, failure: { type: 'misconfigured', detail: error.message } };
    }
    const stated = isTransient(error.failure) ? statedPrimary(settings) : undefined;
    return stated === undefined ? { ok: false, failure: error.failure } : { ok: true, value: stated };
  }
}

function statedPrimary({
  primaryRegion: region,
  primaryStreamOcid: ocid,
  primaryStreamEndpoint: endpoint,
  endpoints,
  compartmentId,
}: Connection['settings']): StreamRef | undefined {
  if (ocid === undefined || endpoint === undefined) return undefined;
  const checked = checkStream({ ocid, endpoint }, { region, endpoints, realm: realmOfOcid(compartmentId) });
  return checked.trusted ? checked.stream : undefined;
}
