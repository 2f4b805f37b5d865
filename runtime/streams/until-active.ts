import type { Clock } from '../clock.ts';
import { HaError } from '../errors.ts';
import type { Region, StreamState } from '../region.ts';

/** A new stream is ACTIVE within about 15 s; asked four times in the first second, then each second (5 a second is the limit). */
const POLLS_MS = [50, 200, 250, 500];
const POLL_MS = 1_000;

interface WaitParts {
  readonly region: Region;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told before each pause. */
  readonly onWaiting?: (stream: StreamState, forMs: number) => void;
}

/**
 * Waits until a stream that is being made can be used.
 * @throws HaError `PROVISION` when it ends in another state, `CallError` when it cannot be asked.
 */
export async function untilActive(stream: StreamState, parts: WaitParts): Promise<StreamState> {
  const { region, clock, signal, onWaiting } = parts;
  const startedAt = clock.now();
  let latest = stream;
  for (let poll = 0; latest.state === 'CREATING' || latest.state === 'UNKNOWN'; poll++) {
    onWaiting?.(latest, clock.now() - startedAt);
    await clock.sleep(POLLS_MS[poll] ?? POLL_MS, { signal });
    latest = await region.stream(stream.ocid, { signal });
  }
  if (latest.state === 'ACTIVE' || latest.state === 'UPDATING') return latest;
  throw new HaError(
    'PROVISION',
    `Stream ${stream.ocid} in ${stream.region} ended ${latest.state} instead of ACTIVE.`,
  );
}
