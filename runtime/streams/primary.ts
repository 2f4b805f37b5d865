import type { Clock } from '../clock.ts';
import {
  chooseStream,
  inShort,
  isTransient,
  whyUntrusted,
  type CallFailure,
  type StreamRef,
} from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import { answerOf, type Region, type StreamState } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { untilActive, type Awaited } from './probe.ts';

/** The result of a search for the primary. */
export type FoundPrimary =
  | { readonly type: 'found'; readonly state: StreamState; readonly stream: StreamRef }
  /** The control plane did not answer, or refused. */
  | { readonly type: 'failed'; readonly failure: CallFailure; readonly operation: string }
  /** There is no such stream, or it cannot be used: a person must correct the configuration. */
  | { readonly type: 'wrong'; readonly error: HaError };

interface FindParts {
  readonly region: Region;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Asks the control plane for the primary stream, by its OCID if that is set, else by its name in the compartment. */
export async function findPrimary(parts: FindParts): Promise<FoundPrimary> {
  const { region, settings, signal } = parts;
  const { primaryStreamOcid, compartmentId, streamName } = settings;
  if (primaryStreamOcid !== undefined) {
    const answer = await answerOf(() => region.stream(primaryStreamOcid, { signal }), signal);
    if (!answer.ok) return { type: 'failed', failure: answer.failure, operation: 'GetStream' };
    return usable(answer.value, parts);
  }
  if (compartmentId === undefined) {
    return wrong(
      'Nothing tells where the primary stream is: run `pulumi up` here, or give `outputs`, `compartmentId` (OCI_COMPARTMENT_ID) or `primaryStreamOcid` (PRIMARY_STREAM_OCID).',
    );
  }
  const listed = await answerOf(
    () => region.streamsNamed({ compartmentId, name: streamName }, { signal }),
    signal,
  );
  if (!listed.ok) return { type: 'failed', failure: listed.failure, operation: 'ListStreams' };
  const choice = chooseStream(listed.value, undefined);
  if (choice.type === 'create') {
    return wrong(
      `There is no stream ${streamName} in ${region.name}, compartment ${compartmentId}. ` +
        'Make it with `pulumi up`, or name yours with `streamName` or `primaryStreamOcid`.',
    );
  }
  return usable(choice.stream, parts);
}

async function usable(state: StreamState, parts: FindParts): Promise<FoundPrimary> {
  const awaited: Awaited = await untilActive(state, parts);
  if (awaited.type === 'failed') {
    return { type: 'failed', failure: awaited.failure, operation: 'GetStream' };
  }
  const where = `The primary stream ${state.ocid} in ${parts.region.name}`;
  if (awaited.type === 'ended') {
    return wrong(
      `${where} is ${awaited.state.state}. Check \`primaryStreamOcid\` (PRIMARY_STREAM_OCID), or run \`pulumi up\`.`,
    );
  }
  const { address } = awaited.state;
  if (!address.trusted) return wrong(`${where} cannot be used: ${whyUntrusted(address, parts.region.name)}`);
  return { type: 'found', state: awaited.state, stream: address.stream };
}

function wrong(message: string): FoundPrimary {
  return { type: 'wrong', error: new HaError('CONFIG', message) };
}

/** Turns the result into a value or an error. @throws HaError */
export function primaryOf(found: FoundPrimary, region: string): { state: StreamState; stream: StreamRef } {
  switch (found.type) {
    case 'found':
      return found;
    case 'wrong':
      throw found.error;
    case 'failed':
      throw new CallError({ region, operation: found.operation }, found.failure);
  }
}

/** The properties that a secondary gets from the primary. */
export interface Shape {
  readonly partitions: number;
  readonly retentionInHours: number;
  readonly compartmentId: string;
  readonly primaryOcid: string;
  /** False: the primary did not answer, so partitions and retention are a guess. */
  readonly isKnown: boolean;
}

/** The primary as an earlier run on this machine recorded it. */
export interface RememberedPrimary {
  readonly stream: StreamRef;
  readonly partitions: number | undefined;
  readonly retentionInHours: number | undefined;
  readonly compartmentId: string | undefined;
}

/** For a secondary when nothing is known about the primary. */
const UNKNOWN_SHAPE = { partitions: 3, retentionInHours: 24 };

interface PrimaryParts extends Omit<FindParts, 'signal'> {
  readonly signal: AbortSignal;
  readonly remembered: RememberedPrimary | undefined;
  /** Called when the control plane has described the primary. */
  readonly onSeen: (state: StreamState, stream: StreamRef) => void;
}

/** Finds the primary, and tells which properties a secondary needs. */
export class Primary {
  readonly #parts: PrimaryParts;
  #state: StreamState | undefined;
  #asking: Promise<void> | undefined;

  constructor(parts: PrimaryParts) {
    this.#parts = parts;
  }

  async find(signal: AbortSignal): Promise<FoundPrimary> {
    const found = await findPrimary({ ...this.#parts, signal });
    if (found.type === 'found') {
      this.#seen(found.state, found.stream);
      // A listing does not tell all of them.
      void this.learn();
    }
    return found;
  }

  /** Asks for the primary's properties while it can answer; they are needed when it is down. Never rejects. */
  learn(): Promise<void> {
    if (this.#state?.retentionInHours !== undefined) return Promise.resolve();
    this.#asking ??= this.#learn();
    return this.#asking;
  }

  /** Ends in the turn in which it is clear that nothing more is to be asked: `learn` begins another one after that. */
  async #learn(): Promise<void> {
    try {
      for (let answer = await this.#ask(); answer === 'outdated';) answer = await this.#ask();
    } finally {
      this.#asking = undefined;
    }
  }

  async #ask(): Promise<'outdated' | undefined> {
    const { settings, region, signal, remembered } = this.#parts;
    const known = this.#state;
    const ocid = known?.ocid ?? settings.primaryStreamOcid ?? remembered?.stream.ocid;
    if (ocid === undefined) return undefined;
    const answer = await answerOf(() => region.stream(ocid, { signal }), signal);
    // `find` has found it meanwhile, and it may be another one.
    if (this.#state !== known) return this.#state?.retentionInHours === undefined ? 'outdated' : undefined;
    if (answer.ok && answer.value.address.trusted) this.#seen(answer.value, answer.value.address.stream);
    return undefined;
  }

  #seen(state: StreamState, stream: StreamRef): void {
    this.#state = state;
    this.#parts.onSeen(state, stream);
  }

  /** A secondary is like the primary, as far as its properties are known. */
  async shape(): Promise<Shape | { readonly problem: string }> {
    await this.learn();
    const { settings, remembered } = this.#parts;
    const compartmentId =
      settings.compartmentId ?? (this.#state?.compartmentId || undefined) ?? remembered?.compartmentId;
    if (compartmentId === undefined) {
      return {
        problem: 'the compartment for a secondary is not known: give `compartmentId` (OCI_COMPARTMENT_ID)',
      };
    }
    const partitions = this.#state?.partitions ?? remembered?.partitions;
    const retentionInHours = this.#state?.retentionInHours ?? remembered?.retentionInHours;
    return {
      partitions: partitions ?? UNKNOWN_SHAPE.partitions,
      retentionInHours: retentionInHours ?? UNKNOWN_SHAPE.retentionInHours,
      compartmentId,
      primaryOcid: this.#state?.ocid ?? settings.primaryStreamOcid ?? remembered?.stream.ocid ?? 'unknown',
      isKnown: partitions !== undefined && retentionInHours !== undefined,
    };
  }
}

/** Why the primary was not found, for people. */
export function primaryProblem(found: Exclude<FoundPrimary, { type: 'found' }>, region: string): string {
  if (found.type === 'wrong') return found.error.message;
  return `${region}: ${found.operation}: ${inShort(found.failure)}`;
}

export function mayPass(found: FoundPrimary): boolean {
  return found.type === 'failed' && isTransient(found.failure);
}
