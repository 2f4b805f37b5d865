import {
  Deduplicator,
  PassingReader,
  type PartitionedStream,
  type PassingParts,
  type StartAt,
} from '../consumer/index.ts';
import { chooseStream } from '../core/index.ts';
import type { Answer, StreamState } from '../region.ts';
import { COMMAND_LINE, type Given } from '../settings/index.ts';
import { findPrimary } from '../streams/index.ts';
import { connect, type Connection, type OpenContext } from './connect.ts';

export interface PassingRead {
  /** Undefined: all of them. */
  readonly partitions: readonly string[] | undefined;
  readonly startAt: StartAt;
  /** Offsets mean something in one region only. */
  readonly activeRegionOnly: boolean;
}

export interface OpenedReaders {
  readonly readers: readonly PassingReader[];
  /** The region that new messages are written to, as the record says. */
  readonly activeRegion: string;
  /** Copies that were removed so far (envelope mode). */
  readonly copies: number;
  /** Messages that were read later than a newer one of their key and producer so far (envelope mode). */
  readonly late: number;
  close(): Promise<void>;
}

/** Readers of both regions that belong to no group. @throws HaError `CONFIG`, `RECORD`: nothing was sent. */
export async function openPassingReaders(
  given: Given,
  { partitions, startAt, activeRegionOnly }: PassingRead,
  context: OpenContext & { readonly signal: AbortSignal },
): Promise<OpenedReaders> {
  const connection = await connect(given, COMMAND_LINE, context);
  const { settings, clock, emit, signal, primary, secondary, recorded } = connection;
  const { active } = recorded;
  const deduplicator = settings.envelope ? new Deduplicator({ settings }) : undefined;
  const regions: Pick<PassingParts, 'role' | 'region' | 'locate'>[] = [
    { role: 'primary', region: primary, locate: (signal) => locatePrimary(connection, signal) },
    { role: 'secondary', region: secondary, locate: (signal) => locateSecondary(connection, signal) },
  ];
  const readers = regions
    .filter(({ role }) => !activeRegionOnly || role === active)
    .map((each) => {
      const isActive = each.role === active;
      const parts = { ...each, partitions, startAt, isActive, settings, clock, emit, signal, deduplicator };
      return new PassingReader(parts);
    });
  return {
    readers,
    activeRegion: active === 'primary' ? primary.name : secondary.name,
    get copies() {
      return deduplicator?.copies ?? 0;
    },
    get late() {
      return deduplicator?.late ?? 0;
    },
    async close() {
      await Promise.all([primary.close(), secondary.close()]);
    },
  };
}

type PassingStream = Answer<PartitionedStream | undefined>;

async function locatePrimary(connection: Connection, signal: AbortSignal): Promise<PassingStream> {
  const found = await findPrimary({ ...connection, region: connection.primary, signal });
  switch (found.type) {
    case 'found':
      return { ok: true, value: { stream: found.stream, partitions: found.state.partitions } };
    case 'failed':
      return { ok: false, failure: found.failure };
    case 'wrong':
      return misconfigured(found.error.message);
  }
}

/** The stream that the record names, else the one of that name; undefined when there is none. */
async function locateSecondary(
  { settings, secondary, recorded }: Connection,
  signal: AbortSignal,
): Promise<PassingStream> {
  if (recorded.secondary !== undefined) {
    const answer = await secondary.stream(recorded.secondary.ocid, { signal });
    return answer.ok ? described(answer.value, recorded.secondary) : answer;
  }
  const { compartmentId, secondaryStreamName: name } = settings;
  if (compartmentId === undefined) return { ok: true, value: undefined };
  const listed = await secondary.streamsNamed({ compartmentId, name }, { signal });
  if (!listed.ok) return listed;
  const choice = chooseStream(listed.value, undefined);
  return choice.type === 'adopt' ? described(choice.stream, undefined) : { ok: true, value: undefined };
}

/** The record's endpoint was checked: it is used where the control plane's is not trusted. */
function described(
  { ocid, address, partitions, state }: StreamState,
  recorded: PartitionedStream['stream'] | undefined,
): PassingStream {
  if (state === 'DELETED' || state === 'DELETING' || state === 'FAILED') {
    return misconfigured(`the secondary stream ${ocid} is ${state}`);
  }
  if (address.trusted) return { ok: true, value: { stream: address.stream, partitions } };
  if (recorded !== undefined) return { ok: true, value: { stream: recorded, partitions } };
  return misconfigured(`${ocid}: its ${address.about} ${address.problem}`);
}

function misconfigured(detail: string): PassingStream {
  return { ok: false, failure: { type: 'misconfigured', detail } };
}
