import { type OutageName, OUTAGES } from './outages.ts';
import { PRIMARY, SECONDARY } from './regions.ts';
import { type Verdict, verdictOn } from './results/results.ts';
import { Stage } from './sandbox/sandbox.ts';
import { Narrator } from './screen/event-printer.ts';
import type { Screen } from './screen/screen.ts';
import { statusOf } from './screen/status.ts';
import { type Line, Timeline } from './screen/timeline.ts';
import { type Audience, type Outcome, play, type Scene } from './steps/run-steps.ts';
import { STORY } from './steps/steps.ts';

export interface DemoOptions {
  readonly outage: OutageName;
  /** Payments a second. */
  readonly rate: number;
}

const ABOUT_THE_REGIONS = `${PRIMARY.city} (${PRIMARY.region}) has the primary stream, ${SECONDARY.city} (${SECONDARY.region}) has none.`;

/** How the story went, and what became of the payments; no verdict without the emulator's ledger. */
export interface Report {
  readonly outcomes: readonly Outcome[];
  readonly verdict: Verdict | undefined;
}

/** Plays the story on a stage of its own, and strikes it whatever happens. Rejects with the reason of `cancelled`. */
export async function demo(
  options: DemoOptions,
  screen: Screen,
  caller: Readonly<Record<string, string | undefined>>,
  cancelled: AbortSignal,
): Promise<Report> {
  const timeline = new Timeline(screen);
  const narrator = new Narrator((line) => timeline.tell(line));
  const stage = new Stage(caller, (happening) => {
    // What programs say while they are being ended is of no interest to anybody.
    if (!cancelled.aborted) narrator.hears(happening);
  });
  try {
    return await playOn(stage, options, timeline, cancelled);
  } finally {
    screen.rest();
    await stage.strike();
  }
}

async function playOn(
  stage: Stage,
  { outage, rate }: DemoOptions,
  timeline: Timeline,
  cancelled: AbortSignal,
): Promise<Report> {
  const { journal, failed } = stage;
  const { screen } = timeline;
  screen.watch(() => [{ text: '  starting', look: 'dim' }]);
  const control = await stage.regions(OUTAGES[outage], AbortSignal.any([cancelled, failed]));
  timeline.tell({ voice: 'emulator', label: 'emulator', text: ABOUT_THE_REGIONS });
  const producer = stage.producer();
  const consumer = stage.consumer();
  const payments = stage.payments(producer, rate);
  const scene: Scene = {
    outage: OUTAGES[outage],
    journal,
    control,
    producer,
    consumer,
    payments,
    recordLines: () => stage.recordLines(),
    environmentLines: () => stage.environmentLines(),
    quote: (heading, lines) => timeline.quote(heading, lines),
  };
  let awaits = '';
  screen.watch(() => statusOf(journal, awaits));
  const audience: Audience = {
    begins: (step) => {
      awaits = step.awaits;
    },
    ends: (outcome) => timeline.tell(lineOf(outcome)),
  };
  const outcomes = await play(STORY, scene, audience, { cancelled, failed });
  payments.stop();
  const ledger = await control.ledger().catch(() => undefined);
  const { sent, receipts, received, happenings } = journal;
  return { outcomes, verdict: ledger && verdictOn({ sent, receipts, ledger, received, happenings }) };
}

function lineOf(outcome: Outcome): Line {
  return outcome.happened
    ? { voice: 'good', label: `✓ ${outcome.title}`, text: outcome.proof }
    : { voice: 'bad', label: `✗ ${outcome.title}`, text: outcome.why };
}
