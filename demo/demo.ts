import type { Journal } from './journal/index.ts';
import { OUTAGES, type OutageName } from './outages.ts';
import { Narrator, statusOf, type Line, type Timeline } from './screen/index.ts';
import { Stage } from './stage/index.ts';
import { play, STORY, type Audience, type Outcome, type Scene } from './story/index.ts';
import { verdictOn, type Verdict } from './verdict/index.ts';

export interface DemoOptions {
  readonly outage: OutageName;
  /** Payments a second. */
  readonly rate: number;
}

/** How the story went, and what became of the payments; no verdict without the emulator's ledger. */
export interface Report {
  readonly outcomes: readonly Outcome[];
  readonly verdict: Verdict | undefined;
}

/** Plays the story on a stage of its own, and strikes it whatever happens. Rejects with the reason of `cancelled`. */
export async function demo(
  options: DemoOptions,
  timeline: Timeline,
  caller: Readonly<Record<string, string | undefined>>,
  cancelled: AbortSignal,
): Promise<Report> {
  const narrator = new Narrator((line) => timeline.tell(line));
  const stage = new Stage(caller, (happening) => narrator.hears(happening));
  try {
    return await playOn(stage, options, timeline, cancelled);
  } finally {
    timeline.rest();
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
  const control = await stage.regions(AbortSignal.any([cancelled, failed]));
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
  const outcomes = await play(STORY, scene, audienceAt(timeline, journal), { cancelled, failed });
  payments.stop();
  const ledger = await control.ledger().catch(() => undefined);
  const { sent, receipts, received, happenings } = journal;
  return { outcomes, verdict: ledger && verdictOn({ sent, receipts, ledger, received, happenings }) };
}

/** Sees each step end in the timeline, and what is waited for in the status below. */
function audienceAt(timeline: Timeline, journal: Journal): Audience {
  let awaits = '';
  timeline.watch(() => statusOf(journal, awaits));
  return {
    begins: (step) => {
      awaits = step.awaits;
    },
    ends: (outcome) => timeline.tell(lineOf(outcome)),
  };
}

function lineOf(outcome: Outcome): Line {
  return outcome.happened
    ? { voice: 'good', label: `✓ ${outcome.title}`, text: outcome.proof }
    : { voice: 'bad', label: `✗ ${outcome.title}`, text: outcome.why };
}
