import { printConclusion, headlineOf, succeeded, suggestionsAfter } from './conclusion.ts';
import { resultsTable } from './results/results-table.ts';
import { Screen } from './screen/screen.ts';
import { demo, type DemoOptions, type Report } from './demo.ts';
import { EXIT } from './exit-code.ts';
import { OUTAGES } from './outages.ts';

export interface Flags extends DemoOptions {
  readonly output: 'text' | 'json';
}

/** Runs the demo and returns the exit code. */
export async function run(flags: Flags): Promise<number> {
  const screen = new Screen(flags.output === 'json' ? process.stderr : process.stdout, process.env);
  screen.print(screen.paint('bold', 'OCI Streaming HA: a producer and a consumer lose a region'));
  screen.print(
    'An emulator of São Paulo and Vinhedo, a producer, a consumer: three processes on this machine.',
  );
  screen.print();
  const interrupted = interruption();
  try {
    const report = await demo(flags, screen, process.env, interrupted);
    conclude(report, flags, screen);
    return succeeded(report) ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (interrupted.aborted) {
      screen.print('Interrupted: the programs are ended, and nothing is left behind.');
      return EXIT.interrupted;
    }
    screen.print(`demo: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT.failed;
  }
}

function conclude(report: Report, { outage, output }: Flags, screen: Screen): void {
  const { results, outcomes } = report;
  const ok = succeeded(report);
  printConclusion(screen, {
    headline: headlineOf(report, OUTAGES[outage]),
    ok,
    rows: results === undefined ? [] : resultsTable(results),
    suggestions: suggestionsAfter(outage),
  });
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify({ ok, outage, ...results, steps: outcomes })}\n`);
  }
}

/** Ctrl-C ends the story in order; a second one ends it at once: the programs then go by themselves. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Error('interrupted'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return controller.signal;
}
