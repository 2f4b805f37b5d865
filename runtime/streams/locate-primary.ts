import type { Clock } from '../clock.ts';
import { backoffMs, chooseStream, CONSEQUENCES, failureKind } from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Region, StreamState } from '../region.ts';
import { retry } from '../retry.ts';
import type { Settings } from '../settings/index.ts';
import { untilActive } from './until-active.ts';

interface LocateParts {
  readonly region: Region;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly signal: AbortSignal;
}

/**
 * The primary stream as the control plane knows it: by its OCID when that is given, else by name in the compartment.
 *
 * @throws HaError `CONFIG` when there is no such stream (the runtime never makes the primary), `CallError` when the
 *   control plane cannot be asked.
 */
export function locatePrimary(parts: LocateParts): Promise<StreamState> {
  const { region, settings, clock, emit, signal } = parts;
  return retry(() => look(parts), {
    maxAttempts: settings.maxAttempts,
    clock,
    signal,
    after: (error, attempt) => {
      if (!(error instanceof CallError)) return 'give-up';
      const kind = failureKind(error.failure);
      if (!CONSEQUENCES[kind].retry || attempt >= settings.maxAttempts) return 'give-up';
      const retryInMs = backoffMs(attempt, undefined, settings, clock.random());
      const { failure } = error;
      emit({
        type: 'attempt-failed',
        region: region.name,
        role: 'primary',
        attempt,
        failure,
        kind,
        messages: 0,
        retryInMs,
      });
      return retryInMs;
    },
  });
}

async function look({ region, settings, clock, signal }: LocateParts): Promise<StreamState> {
  const { primaryStreamOcid, compartmentId, streamName } = settings;
  if (primaryStreamOcid !== undefined) {
    const stream = await region.stream(primaryStreamOcid, { signal });
    if (stream.state === 'ACTIVE' || stream.state === 'UPDATING') return stream;
    if (stream.state === 'CREATING') return untilActive(stream, { region, clock, signal });
    throw new HaError(
      'CONFIG',
      `The primary stream ${primaryStreamOcid} is ${stream.state} in ${region.name}. Check PRIMARY_STREAM_OCID.`,
    );
  }
  if (compartmentId === undefined)
    throw new HaError('CONFIG', 'Neither a compartment nor a primary stream is given.');
  const choice = chooseStream(
    await region.streamsNamed({ compartmentId, name: streamName }, { signal }),
    undefined,
  );
  switch (choice.do) {
    case 'adopt':
      return choice.stream;
    case 'wait':
      return untilActive(choice.stream, { region, clock, signal });
    case 'create':
      throw new HaError(
        'CONFIG',
        `There is no stream ${streamName} in ${region.name}, compartment ${compartmentId}. ` +
          'Make it with `pulumi up`, or name yours with --stream-name or --primary-stream-ocid.',
      );
  }
}
