import type { Clock } from '../clock.ts';
import type { Site } from './site.ts';

/** How often thin traffic is helped by a probe, and how many probes may be unanswered at once. */
const EVERY_MS = 150;
const OUTSTANDING = 4;
/** One 5xx is nothing unusual; two in a row, a refusal or a silence are worth a look. */
const WORTH_A_LOOK = 2;

/**
 * Where traffic is too thin to tell a dead region from a run of bad luck, probes that store nothing add evidence: while a
 * delivery is trying and the region is suspect, and only in turns that the traffic leaves free. A probe that is answered
 * ends the look: from then on only the messages themselves can tell.
 */
export async function investigate(site: Site, clock: Clock, signal: AbortSignal): Promise<void> {
  let outstanding = 0;
  let answered = false;
  while (!answered && site.health.state === 'suspect' && site.deliveries > 0) {
    await clock.sleep(EVERY_MS, { signal });
    if (!worthALook(site) || outstanding >= OUTSTANDING || !site.hasFreeTurn) continue;
    site.takeTurn();
    outstanding++;
    const startedAt = clock.now();
    void site
      .probe(signal)
      .then((failure) => {
        if (failure === null) answered = true;
        else site.failed(failure, startedAt);
      })
      .catch(() => {})
      .finally(() => outstanding--);
  }
}

function worthALook(site: Site): boolean {
  return site.health.state === 'suspect' && site.health.evidence.sum >= WORTH_A_LOOK;
}
