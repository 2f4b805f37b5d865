import { inShort } from '../../core/index.ts';
import { CallError, HaError } from '../../errors.ts';
import type { Role } from '../../events.ts';
import type { Region, StreamRef, StreamState } from '../../region.ts';
import { probe } from '../../streams/index.ts';

/** What can be seen of one region from here. */
export interface RegionReport {
  readonly role: Role;
  readonly region: string;
  readonly stream:
    | { readonly ocid: string; readonly endpoint: string; readonly partitions: number | undefined }
    | undefined;
  /** Lifecycle state, or what the control plane answered. */
  readonly state: string;
  /** Whether the messages endpoint answers: `well`, or what came instead; undefined without a stream. */
  readonly messages: string | undefined;
}

/** Asks the control plane for the stream, and the messages endpoint to store nothing. */
export async function regionReport(
  role: Role,
  region: Region,
  known: StreamRef | undefined,
  find: () => Promise<{ state: StreamState; stream: StreamRef | undefined } | undefined>,
): Promise<RegionReport> {
  let stream: StreamRef | undefined = known;
  let partitions: number | undefined;
  let state = 'absent';
  try {
    const found = await find();
    stream = found?.stream ?? known;
    partitions = found?.state.partitions;
    state = found?.state.state ?? state;
  } catch (error) {
    if (!(error instanceof HaError)) throw error;
    state = error instanceof CallError ? inShort(error.failure) : error.message;
  }
  return {
    role,
    region: region.name,
    stream: stream && {
      ocid: stream.ocid,
      endpoint: stream.endpoint,
      partitions,
    },
    state,
    messages: stream && (await answer(region, stream)),
  };
}

export function isWell({ messages }: RegionReport): boolean {
  return messages === 'well';
}

async function answer(region: Region, stream: StreamRef): Promise<string> {
  const failure = await probe(region, stream);
  return failure === undefined ? 'well' : inShort(failure);
}
