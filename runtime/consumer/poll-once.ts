import type { Clock } from '../clock.ts';
import type { HaError } from '../errors.ts';
import type { Settings } from '../settings/index.ts';
import type { Batch } from './batch-queue.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { DualReader } from './dual-reader.ts';
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
 * What one read of the active region gives; of the other one when the active one cannot be read for good (the other one is
 * the active one from then on). The messages count as handled: the next pass commits them.
 *
 * @throws the failure of the active region when the other one does not answer either, or when it is not an outage.
 */
export async function pollOnce(regions: DualReader, parts: PassParts): Promise<ConsumedMessage[]> {
  const { active, standby } = regions;
  const here = await pass(regions, active, parts);
  if (here.type === 'batch') return drain(here.batch);
  if (here.type !== 'failure') return [];
  if (active.health.type !== 'failing') throw here.error;
  const there = await pass(regions, standby, parts);
  if (there.type === 'batch') return drain(there.batch);
  if (there.type === 'nothing') return [];
  throw here.error;
}

/** Reads until something came, or every partition had its turn, or trying again is of no use. */
async function pass(regions: DualReader, reader: RegionReader, parts: PassParts): Promise<Pass> {
  const { settings, clock, signal } = parts;
  const startedAt = clock.now();
  for (let empties = 0; ;) {
    const tooSoonMs = reader.nextReadAt - clock.now();
    if (tooSoonMs > 0) await clock.sleep(tooSoonMs, { signal });
    const step = await regions.step(reader.role);
    if (step.type === 'nowhere') return step;
    if (step.type === 'failure') {
      const { health } = reader;
      const isOver = health.type === 'failing' || (health.type === 'refused' && health.final);
      if (isOver || clock.now() + step.pauseMs - startedAt >= settings.retryWindowMs) return step;
      await clock.sleep(step.pauseMs, { signal });
      continue;
    }
    await reader.refreshShare();
    if (step.batch !== undefined) return { type: 'batch', batch: step.batch };
    if (step.empty) empties += 1;
    if (empties >= (reader.share?.held.size ?? 1)) return { type: 'nothing' };
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
