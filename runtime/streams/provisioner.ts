import type { Clock } from '../clock.ts';
import {
  backoffMs,
  chooseStream,
  isTransient,
  whyUntrusted,
  type CallFailure,
  type StreamRef,
} from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { answerOf, type Answer, type Region, type StreamState } from '../region.ts';
import type { Shape } from './primary.ts';
import { untilActive } from './probe.ts';

/** The result of a search for the stream of a target. */
export type Located =
  | { readonly type: 'located'; readonly stream: StreamRef }
  | {
      readonly type: 'not-located';
      readonly problem: string;
      /** There was no connection to the control plane. */
      readonly unreachable: boolean;
      /** Before this, another attempt has no use (ms). */
      readonly retryInMs: number;
    };

/** A standby that exists already, or the reason why there can be none. */
export interface StandbyCheck {
  readonly stream: StreamRef | undefined;
  /** Only a person can solve it. */
  readonly problem: string | undefined;
}

interface ProvisionerParts {
  readonly region: Region;
  readonly name: string;
  readonly shape: () => Promise<Shape | { readonly problem: string }>;
  readonly limits: { readonly baseDelayMs: number; readonly maxDelayMs: number };
  readonly clock: Clock;
  readonly emit: EventListener;
}

/** How often a search that needs a person's help is repeated, and how often a creation (ms). */
const LOOK_AGAIN_MS = 10_000;
const CREATE_AGAIN_MS = 60_000;
/** After a stream that ended FAILED; twice as long after each further one. */
const FAILED_PAUSE_MS = 250;
/** How often a wait for CREATING is reported, and when the creation counts as stuck (ms). */
const TELL_MS = 5_000;
const STUCK_MS = 60_000;

/** Why an attempt failed. */
interface Problem {
  readonly error: HaError;
  readonly failure: CallFailure | undefined;
  /** Undefined: the problem is temporary, and backoff applies. */
  readonly retryInMs: number | undefined;
}

type Tried = { readonly stream: StreamRef } | { readonly problem: Problem };

/**
 * Finds or creates the secondary stream, one attempt at a time in this process. Names are unique in a pool, so of many
 * processes one creates the stream and the others find it. CreateStream has no retry token, so after an answer that
 * leaves open whether the stream exists, the next attempt searches before it creates.
 */
export class Provisioner {
  readonly #parts: ProvisionerParts;
  #running: Promise<Located> | undefined;
  #failures = 0;
  /** Until then (monotonic ms) the latest result is returned. */
  #notBefore = -Infinity;
  #latest: Located | undefined;

  constructor(parts: ProvisionerParts) {
    this.#parts = parts;
  }

  /**
   * One attempt, or the result of the latest one while another has no use. `recorded` is preferred to other streams of
   * that name.
   */
  locate(recorded: string | undefined, signal: AbortSignal): Promise<Located> {
    const { clock } = this.#parts;
    if (this.#latest?.type === 'not-located' && clock.now() < this.#notBefore) {
      return Promise.resolve({ ...this.#latest, retryInMs: this.#notBefore - clock.now() });
    }
    this.#running ??= this.#locate(recorded, signal).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /**
   * Searches for a standby that exists already (`standby: warm`, or an earlier failover): with it a failover needs no
   * control plane. Creates nothing.
   */
  async check(signal: AbortSignal): Promise<StandbyCheck> {
    const { region, name, shape } = this.#parts;
    const wanted = await shape();
    if ('problem' in wanted) return { stream: undefined, problem: wanted.problem };
    const { compartmentId } = wanted;
    const listed = await answerOf(() => region.streamsNamed({ compartmentId, name }, { signal }), signal);
    if (!listed.ok) {
      const passes = isTransient(listed.failure);
      return {
        stream: undefined,
        problem: passes ? undefined : this.#problem('ListStreams', listed.failure).error.message,
      };
    }
    const choice = chooseStream(listed.value, undefined);
    if (choice.type !== 'adopt') return { stream: undefined, problem: undefined };
    const tried = await this.#adopt(choice.stream, choice.ignored, wanted, signal);
    if ('stream' in tried) return { stream: tried.stream, problem: undefined };
    return { stream: undefined, problem: tried.problem.error.message };
  }

  async #locate(recorded: string | undefined, signal: AbortSignal): Promise<Located> {
    const { clock, emit, limits, region } = this.#parts;
    const tried = await this.#try(recorded, signal);
    if ('stream' in tried) {
      this.#failures = 0;
      this.#latest = { type: 'located', stream: tried.stream };
      return this.#latest;
    }
    const { error, failure } = tried.problem;
    this.#failures++;
    const retryInMs = tried.problem.retryInMs ?? backoffMs(this.#failures, undefined, limits, clock.random());
    this.#notBefore = clock.now() + retryInMs;
    const unreachable = failure?.type === 'unreachable';
    this.#latest = { type: 'not-located', problem: error.message, unreachable, retryInMs };
    if (!signal.aborted) emit({ type: 'provision-failed', region: region.name, error, retryInMs });
    return this.#latest;
  }

  async #try(recorded: string | undefined, signal: AbortSignal): Promise<Tried> {
    const { region, name, shape, emit } = this.#parts;
    const wanted = await shape();
    if ('problem' in wanted) {
      return {
        problem: { error: provisionError(wanted.problem), failure: undefined, retryInMs: LOOK_AGAIN_MS },
      };
    }
    const { compartmentId } = wanted;
    const listed = await answerOf(() => region.streamsNamed({ compartmentId, name }, { signal }), signal);
    if (!listed.ok) return { problem: this.#problem('ListStreams', listed.failure) };
    const choice = chooseStream(listed.value, recorded);
    if (choice.type === 'create') {
      emit({ type: 'secondary-absent', region: region.name, name });
      return this.#create(wanted, signal);
    }
    // Returns at once when the stream is ACTIVE.
    const awaited = await this.#awaited(choice.stream, signal);
    return 'problem' in awaited ? awaited : this.#adopt(awaited.state, choice.ignored, wanted, signal);
  }

  async #create(wanted: Shape, signal: AbortSignal): Promise<Tried> {
    const { region, name, emit } = this.#parts;
    if (!wanted.isKnown)
      emit({ type: 'warning', code: 'secondary-guessed', region: region.name, message: guess(wanted) });
    const { partitions, retentionInHours, compartmentId } = wanted;
    const tags = { 'created-by': 'oci-streaming-ha', 'stands-in-for': wanted.primaryOcid };
    const create = (): Promise<Answer<StreamState>> =>
      region.createStream({ name, partitions, retentionInHours, compartmentId, tags }, { signal });
    const created = await answerOf(create, signal);
    if (!created.ok) return { problem: this.#problem('CreateStream', created.failure) };
    const awaited = await this.#awaited(created.value, signal);
    if ('problem' in awaited) return awaited;
    const trusted = this.#trusted(awaited.state);
    if ('stream' in trusted) emit({ type: 'secondary-created', stream: trusted.stream });
    return trusted;
  }

  async #adopt(
    stream: StreamState,
    ignored: readonly StreamState[],
    wanted: Shape,
    signal: AbortSignal,
  ): Promise<Tried> {
    const { region, emit } = this.#parts;
    // Listings have no retention. If the stream itself cannot be read, the listing is enough.
    const whole = await answerOf(() => region.stream(stream.ocid, { signal }), signal);
    const state = whole.ok ? whole.value : stream;
    const trusted = this.#trusted(state);
    if ('stream' in trusted) {
      const warnings = [...shortcomings(state, wanted), ...ignored.map(isIgnored)];
      emit({ type: 'secondary-adopted', stream: trusted.stream, warnings });
    }
    return trusted;
  }

  /** An address from the control plane is data: it must not decide who receives signed requests. */
  #trusted({ ocid, address, region }: StreamState): Tried {
    if (address.trusted) return { stream: address.stream };
    const error = provisionError(
      `the stream ${ocid} that ${region} names cannot be used: ${whyUntrusted(address, region)}`,
    );
    return { problem: { error, failure: undefined, retryInMs: LOOK_AGAIN_MS } };
  }

  async #awaited(
    stream: StreamState,
    signal: AbortSignal,
  ): Promise<{ state: StreamState } | { problem: Problem }> {
    const { region, clock, emit } = this.#parts;
    let toldAt = -TELL_MS;
    let stuckAt = STUCK_MS;
    const onWaiting = (latest: StreamState, forMs: number): void => {
      if (forMs - toldAt >= TELL_MS) {
        toldAt = forMs;
        const { ocid, state } = latest;
        emit({ type: 'secondary-awaited', region: region.name, ocid, state, forMs });
      }
      if (forMs >= stuckAt) {
        stuckAt += STUCK_MS;
        void this.#tellStuck(latest, forMs, signal);
      }
    };
    const awaited = await untilActive(stream, { region, clock, signal, onWaiting });
    switch (awaited.type) {
      case 'usable':
        return { state: awaited.state };
      case 'failed':
        return { problem: this.#problem('GetStream', awaited.failure) };
      case 'ended': {
        const error = provisionError(
          `stream ${stream.ocid} in ${region.name} ended ${awaited.state.state} instead of ACTIVE`,
        );
        // Each stream that ends so counts against the limits of the tenancy.
        const retryInMs = Math.min(FAILED_PAUSE_MS * 2 ** this.#failures, CREATE_AGAIN_MS);
        return { problem: { error, failure: undefined, retryInMs } };
      }
    }
  }

  /** D4: reports the state of the work request that creates the stream. */
  async #tellStuck(
    { ocid, compartmentId, state }: StreamState,
    forMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { region, emit } = this.#parts;
    const answer = await answerOf(
      () => region.workRequestStatus({ compartmentId, ocid }, { signal }),
      signal,
    );
    const workRequest = answer.ok ? (answer.value ?? 'none is known') : 'it cannot be asked';
    emit({ type: 'secondary-stuck', region: region.name, stream: ocid, state, workRequest, forMs });
  }

  #problem(operation: string, failure: CallFailure): Problem {
    const { region } = this.#parts;
    const call = new CallError({ region: region.name, operation }, nameless(failure));
    const remedy = remedyFor(failure, region.name);
    const error = provisionError(`${call.message}${remedy === '' ? '' : ` ${remedy}`}`, call);
    if (isTransient(failure)) return { error, failure, retryInMs: undefined };
    return { error, failure, retryInMs: operation === 'CreateStream' ? CREATE_AGAIN_MS : LOOK_AGAIN_MS };
  }
}

function provisionError(message: string, cause?: HaError): HaError {
  return new HaError('PROVISION', `No secondary stream: ${message}`, { cause });
}

/** Without the request id, so that the same problem has the same text each time. */
function nameless(failure: CallFailure): CallFailure {
  if (failure.type !== 'status') return failure;
  const { requestId: _, ...rest } = failure;
  return rest;
}

/** What a person can do when the secondary cannot be found or created. */
export function remedyFor(failure: CallFailure, region: string): string {
  if (failure.type !== 'status') return '';
  const { status, code } = failure;
  if (code === 'LimitExceeded' || code === 'QuotaExceeded') {
    return `Ask for more partitions in ${region} (Governance, Limits: Streaming), or delete a stream there.`;
  }
  if (status === 401) return `Check the credentials. Is the tenancy subscribed to ${region}?`;
  if (status === 403 || status === 404) {
    return (
      `Is the tenancy subscribed to ${region}? Check the policy: Allow group <group> to manage streams in ` +
      "compartment <compartment> where any {request.permission = 'STREAM_INSPECT', request.permission = 'STREAM_READ', request.permission = 'STREAM_CREATE'}."
    );
  }
  return '';
}

function shortcomings(stream: StreamState, wanted: Shape): string[] {
  const found: string[] = [];
  if (stream.partitions < wanted.partitions) {
    found.push(
      `it has ${stream.partitions} partitions, the primary ${wanted.partitions}: it takes less per second`,
    );
  }
  const retention = stream.retentionInHours;
  if (retention !== undefined && retention < wanted.retentionInHours) {
    found.push(`it keeps messages for ${retention} h, the primary for ${wanted.retentionInHours} h`);
  }
  return found;
}

function guess({ partitions, retentionInHours }: Shape): string {
  return `The primary cannot be asked now how many partitions it has: the secondary gets ${partitions}, and ${retentionInHours} h of retention.`;
}

function isIgnored(stream: StreamState): string {
  return `another ${stream.state} stream of that name is not used: ${stream.ocid}`;
}
