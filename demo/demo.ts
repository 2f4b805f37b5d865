import { type OutageName, OUTAGES } from './outages.ts';
import { PRIMARY, SECONDARY } from './demo-regions.ts';
import { type Results, resultsOf } from './results/results.ts';
import { Sandbox } from './sandbox/sandbox.ts';
import { EventPrinter } from './screen/event-printer.ts';
import type { Screen } from './screen/screen.ts';
import { statusOf } from './screen/status.ts';
import { type TimelineLine, Timeline } from './screen/timeline.ts';
import { type StepListener, type StepResult, runSteps, type StepContext } from './steps/run-steps.ts';
import { stepsOf } from './steps/steps.ts';

export interface DemoOptions {
  readonly outage: OutageName;
  /** Payments a second. */
  readonly rate: number;
}

const ABOUT_THE_REGIONS = `${PRIMARY.city} (${PRIMARY.region}) has the primary stream, ${SECONDARY.city} (${SECONDARY.region}) has none.`;

/** The results of the steps and of the payments. Without the emulator's ledger there are no results of payments. */
export interface Report {
  readonly outcomes: readonly StepResult[];
  readonly results: Results | undefined;
}

/** Runs the steps in a sandbox, and closes it in every case. Rejects with the reason of `cancelled`. */
export async function demo(
  options: DemoOptions,
  screen: Screen,
  caller: Readonly<Record<string, string | undefined>>,
  cancelled: AbortSignal,
): Promise<Report> {
  const timeline = new Timeline(screen);
  const printer = new EventPrinter((line) => timeline.tell(line));
  const sandbox = new Sandbox(caller, (event) => {
    // The output of programs while they are being ended is not shown.
    if (!cancelled.aborted) printer.print(event);
  });
  try {
    return await runIn(sandbox, options, timeline, cancelled);
  } finally {
    screen.clearStatus();
    await sandbox.close();
  }
}

async function runIn(
  sandbox: Sandbox,
  { outage, rate }: DemoOptions,
  timeline: Timeline,
  cancelled: AbortSignal,
): Promise<Report> {
  const { journal, failed } = sandbox;
  const { screen } = timeline;
  screen.showStatus(() => [{ text: '  starting', look: 'dim' }]);
  const control = await sandbox.regions(OUTAGES[outage], AbortSignal.any([cancelled, failed]));
  timeline.tell({ source: 'emulator', label: 'emulator', text: ABOUT_THE_REGIONS });
  let producer = sandbox.producer();
  const consumer = sandbox.consumer();
  const payments = sandbox.payments((line) => producer.writeLine(line), rate);
  const context: StepContext = {
    outage: OUTAGES[outage],
    journal,
    control,
    producer: () => producer,
    killProducer: async () => {
      await producer.kill();
      producer = sandbox.producer();
    },
    consumer,
    payments,
    recordLines: () => sandbox.recordLines(),
    environmentLines: () => sandbox.environmentLines(),
    quote: (heading, lines) => timeline.quote(heading, lines),
  };
  let waitsFor = '';
  screen.showStatus(() => statusOf(journal, waitsFor));
  const listener: StepListener = {
    onStart: (step) => {
      waitsFor = step.waitsFor;
    },
    onEnd: (outcome) => timeline.tell(lineOf(outcome)),
  };
  // In every case: a running interval would keep the process alive.
  const outcomes = await runSteps(stepsOf(OUTAGES[outage]), context, listener, { cancelled, failed }).finally(
    () => payments.stop(),
  );
  const ledger = await control.ledger().catch(() => undefined);
  const { sent, receipts, diskReceipts, received, events } = journal;
  const results = ledger && resultsOf({ sent, receipts, diskReceipts, ledger, received, events });
  return { outcomes, results };
}

function lineOf(outcome: StepResult): TimelineLine {
  return outcome.happened
    ? { source: 'good', label: `✓ ${outcome.title}`, text: outcome.proof }
    : { source: 'bad', label: `✗ ${outcome.title}`, text: outcome.why };
}
