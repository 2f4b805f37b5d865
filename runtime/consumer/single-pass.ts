import type { Clock } from '../clock.ts';
import { readSpacingMs } from '../core/index.ts';
import type { HaError } from '../errors.ts';
import type { Settings } from '../settings/index.ts';
import type { Batch } from './batch.ts';
import type { ActiveRegion } from './active-region.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { RegionReader } from './region-reader.ts';

interface PassParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

type Pass =
  | { readonly type: 'batch'; readonly batch: Batch }
  | { readonly type: 'nothing' }
  | { readonly type: 'nowhere' }
  | { readonly type: 'failure'; readonly error: HaError };

/**
 * What one read of the active region gives; of the other one when the active one cannot be read for good (it is the
 * active one from then on). The messages count as handled: the next pass commits them.
 *
 * @throws the failure of the active region when the other one does not answer either, or when it is not an outage.
 */
export async function readOnce(region: ActiveRegion, parts: PassParts): Promise<ConsumedMessage[]> {
  const { reader: active, standby } = region;
  const here = await pass(active, parts);
  if (here.type === 'batch') return drain(here.batch);
  if (here.type !== 'failure') return [];
  if (active.health.state !== 'failing') throw here.error;
  const there = await pass(standby, parts);
  if (there.type === 'batch') return drain(there.batch);
  if (there.type === 'nothing') return [];
  throw here.error;
}

/** Reads until something came, or every partition had its turn, or trying again is of no use. */
async function pass(reader: RegionReader, { settings, clock, signal }: PassParts): Promise<Pass> {
  const startedAt = clock.now();
  for (let empties = 0; ;) {
    const step = await reader.step();
    if (step.type === 'nowhere') return step;
    const partitions = reader.stream?.partitions ?? 1;
    if (step.type === 'failure') {
      const { state } = reader.health;
      const late = clock.now() + step.pauseMs - startedAt >= settings.retryWindowMs;
      if (state === 'failing' || state === 'refused' || late) return step;
      await clock.sleep(step.pauseMs, { signal });
    } else if (step.batch !== undefined) {
      return { type: 'batch', batch: step.batch };
    } else {
      if (step.empty) empties += 1;
      if (empties >= partitions) return { type: 'nothing' };
      await clock.sleep(readSpacingMs(partitions), { signal });
    }
  }
}

function drain(batch: Batch): ConsumedMessage[] {
  const messages: ConsumedMessage[] = [];
  for (let message = batch.current(); message !== undefined; message = batch.current()) {
    messages.push(message);
    batch.advance();
  }
  return messages;
}
