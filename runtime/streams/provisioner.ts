import type { Clock } from '../clock.ts';
import { backoffMs, chooseStream, CONSEQUENCES, failureKind } from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Region, StreamRef, StreamState } from '../region.ts';
import { provisionRemedy } from './provision-remedy.ts';
import { untilActive } from './until-active.ts';

/** What the secondary should be like: as the primary is. */
export interface Shape {
  readonly partitions: number;
  readonly retentionInHours: number;
  readonly compartmentId: string;
  readonly primaryOcid: string;
  /** False: nobody could ask the primary, and partitions and retention are a guess. */
  readonly known: boolean;
}

interface ProvisionerParts {
  readonly region: Region;
  readonly name: string;
  /** Asked when it is needed: the primary may be dead by then, so the answer is best known beforehand. */
  readonly shape: () => Promise<Shape>;
  readonly limits: { readonly baseDelayMs: number; readonly maxDelayMs: number };
  readonly clock: Clock;
  readonly emit: EventListener;
}

/** A fault that only people can mend (limit, policy, subscription) is looked at again this often. */
const PEOPLE_MS = 60_000;
/** How often waiting for CREATING is told. */
const TELL_MS = 5_000;

/**
 * Finds or creates the secondary stream, one at a time in this process. Names are unique in a pool, so of many processes
 * one create wins and the others find its stream; CreateStream takes no retry token, so after every doubtful answer it
 * looks again before it creates.
 */
export class Provisioner {
  readonly #parts: ProvisionerParts;
  #running: Promise<StreamRef> | undefined;

  constructor(parts: ProvisionerParts) {
    this.#parts = parts;
  }

  /** Does not give up: rejects only with the signal's reason. `recorded` wins over other streams of that name. */
  secure(recorded: string | undefined, signal: AbortSignal): Promise<StreamRef> {
    this.#running ??= this.#keepTrying(recorded, signal).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /**
   * A standby that is there already (`standby: warm`, or an earlier failover): a failover then needs no control plane. Best
   * effort, once; undefined when there is none, or when it cannot be looked for now. Makes nothing.
   */
  async lookAhead(signal: AbortSignal): Promise<StreamRef | undefined> {
    const { region, name, shape } = this.#parts;
    try {
      const wanted = await shape();
      const found = await region.streamsNamed({ compartmentId: wanted.compartmentId, name }, { signal });
      const choice = chooseStream(found, undefined);
      return choice.do === 'adopt'
        ? await this.#adopt(choice.stream, choice.ignored, wanted, signal)
        : undefined;
    } catch (error) {
      if (error instanceof HaError || signal.aborted) return undefined;
      throw error;
    }
  }

  async #keepTrying(recorded: string | undefined, signal: AbortSignal): Promise<StreamRef> {
    const { clock, emit, limits, region } = this.#parts;
    for (let failed = 1; ; failed++) {
      try {
        return await this.#once(recorded, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof HaError)) throw error;
        const retryInMs = isPassing(error) ? backoffMs(failed, undefined, limits, clock.random()) : PEOPLE_MS;
        emit({
          type: 'provision-failed',
          region: region.name,
          error: provisionRemedy(error, region.name),
          retryInMs,
        });
        await clock.sleep(retryInMs, { signal });
      }
    }
  }

  async #once(recorded: string | undefined, signal: AbortSignal): Promise<StreamRef> {
    const { region, name, shape, emit } = this.#parts;
    const wanted = await shape();
    const { compartmentId } = wanted;
    const choice = chooseStream(await region.streamsNamed({ compartmentId, name }, { signal }), recorded);
    switch (choice.do) {
      case 'adopt':
        return this.#adopt(choice.stream, choice.ignored, wanted, signal);
      case 'wait':
        return this.#adopt(await this.#awaited(choice.stream, signal), choice.ignored, wanted, signal);
      case 'create': {
        emit({ type: 'secondary-absent', region: region.name, name });
        if (!wanted.known) emit({ type: 'warning', about: name, message: guess(wanted) });
        const { partitions, retentionInHours } = wanted;
        const tags = { 'created-by': 'oci-streaming-ha', 'stands-in-for': wanted.primaryOcid };
        const created = await region.createStream(
          { name, partitions, retentionInHours, compartmentId, tags },
          { signal },
        );
        const active = await this.#awaited(created, signal);
        emit({ type: 'secondary-created', stream: active });
        return active;
      }
    }
  }

  async #adopt(
    stream: StreamState,
    ignored: readonly StreamState[],
    wanted: Shape,
    signal: AbortSignal,
  ): Promise<StreamRef> {
    const { region, emit } = this.#parts;
    // Listings never carry the retention.
    const whole = await region.stream(stream.ocid, { signal });
    emit({
      type: 'secondary-adopted',
      stream: whole,
      warnings: [...shortcomings(whole, wanted), ...ignored.map(isIgnored)],
    });
    return whole;
  }

  #awaited(stream: StreamState, signal: AbortSignal): Promise<StreamState> {
    const { region, clock, emit } = this.#parts;
    let toldAt = -TELL_MS;
    const onWaiting = (latest: StreamState, forMs: number): void => {
      if (forMs - toldAt < TELL_MS) return;
      toldAt = forMs;
      emit({ type: 'secondary-awaited', stream: latest, state: latest.state, forMs });
    };
    return untilActive(stream, { region, clock, signal, onWaiting });
  }
}

/** Worth another try at once: the look that comes first finds what a lost answer may have made (409 included). */
function isPassing(error: HaError): boolean {
  if (error.code === 'PROVISION') return true;
  return error instanceof CallError && CONSEQUENCES[failureKind(error.failure)].retry;
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
  return `how many partitions the primary has cannot be asked now; this one gets ${partitions}, and ${retentionInHours} h of retention.`;
}

function isIgnored(stream: StreamState): string {
  return `another ${stream.state} stream of that name is not used: ${stream.ocid}`;
}
