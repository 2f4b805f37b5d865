import type { Clock } from '../clock.ts';
import { inShort, type CallFailure, type Evidence } from '../core/index.ts';
import type { EventListener } from '../events.ts';
import type { Site } from './site.ts';

interface SearchParts {
  readonly from: Site;
  readonly other: Site;
  readonly because: Evidence | undefined;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly closing: AbortSignal;
}

/** The other region comes first: this many looks at it alone, before whichever answers first takes the traffic. */
const ROUNDS_FOR_THE_OTHER = 2;
const FIRST_PAUSE_MS = 100;
const PAUSE_MS = 1_000;

/**
 * Looks for a region that takes messages, for as long as it takes. A region counts when a put of nothing is answered; the
 * secondary may have to be made for that.
 */
export async function findRegion(parts: SearchParts): Promise<Site> {
  const { from, other, clock, closing } = parts;
  for (let round = 0; ; round++) {
    const candidates = round < ROUNDS_FOR_THE_OTHER ? [other] : [other, from];
    let latest: CallFailure | undefined;
    for (const site of candidates) {
      const found = await look(site, parts);
      if (found.takes) return site;
      if (site === other) latest = found.failure;
    }
    if (round === ROUNDS_FOR_THE_OTHER - 1) tellNoRegion(parts, latest);
    await clock.sleep(round < ROUNDS_FOR_THE_OTHER ? FIRST_PAUSE_MS : PAUSE_MS, { signal: closing });
  }
}

type Look = { readonly takes: true } | { readonly takes: false; readonly failure: CallFailure | undefined };

async function look(site: Site, { closing }: SearchParts): Promise<Look> {
  if (!(await site.located(PAUSE_MS, closing))) return { takes: false, failure: undefined };
  const failure = await site.probe(closing);
  // A recorded secondary that is gone: the next round finds or makes another.
  if (site.role === 'secondary' && failure?.type === 'status' && failure.status === 404) site.forget();
  return failure === null ? { takes: true } : { takes: false, failure };
}

function tellNoRegion({ from, because, other, emit }: SearchParts, latest: CallFailure | undefined): void {
  if (latest === undefined) {
    emit({ type: 'no-region', because: 'no-stream', latest: `no stream in ${other.name} yet` });
    return;
  }
  const offline = latest.type === 'unreachable' && (because?.neverReached ?? false);
  emit({
    type: 'no-region',
    because: offline ? 'offline' : 'both-down',
    latest: `${from.name}: ${because?.latest ?? 'not usable'}; ${other.name}: ${inShort(latest)}`,
  });
}
