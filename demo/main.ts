import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import { headlineOf, succeeded, suggestionsAfter } from './conclusion.ts';
import { demo, type DemoOptions, type Report } from './demo.ts';
import { OUTAGES } from './outages.ts';
import { close, Screen } from './screen/index.ts';
import { tableOf } from './verdict/index.ts';

const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

interface Flags extends DemoOptions {
  readonly output: 'text' | 'json';
}

const program = new Command('npm start --')
  .description(
    'Publish through the loss of a region, on this machine, and see what becomes of every message.',
  )
  .addOption(
    new Option('--outage <kind>', 'how São Paulo fails').choices(Object.keys(OUTAGES)).default('500'),
  )
  .addOption(new Option('--rate <n>', 'payments a second, 10..500').argParser(paymentsASecond).default(40))
  .addOption(
    new Option('--output <format>', 'of the verdict on stdout; with json the story goes to stderr')
      .choices(['text', 'json'])
      .default('text'),
  )
  .exitOverride()
  .configureOutput({ outputError: () => {} })
  .action(async (flags: Flags) => {
    process.exitCode = await run(flags);
  });

// A reader that has seen enough (`| head`) closes the pipe: a quiet end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed);
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode !== 0) {
    process.stderr.write(`demo: ${error.message.replace(/^error: /, '')}; see npm start -- --help\n`);
    process.exitCode = EXIT.usage;
  }
}

async function run(flags: Flags): Promise<number> {
  const screen = new Screen(flags.output === 'json' ? process.stderr : process.stdout, process.env);
  const interrupted = interruption();
  screen.print(screen.paint('bold', 'OCI Streaming HA: a producer and a consumer lose a region'));
  screen.print(
    'An emulator of São Paulo and Vinhedo, a producer, a consumer: three processes on this machine.',
  );
  screen.print();
  try {
    const report = await demo(flags, screen, process.env, interrupted);
    conclude(report, flags, screen);
    return succeeded(report) ? EXIT.done : EXIT.failed;
  } catch (error) {
    screen.print(
      interrupted.aborted ? 'Interrupted: all three processes are ended.' : `demo: ${String(error)}`,
    );
    return interrupted.aborted ? EXIT.interrupted : EXIT.failed;
  }
}

function conclude(report: Report, { outage, output }: Flags, screen: Screen): void {
  const { verdict, outcomes } = report;
  const ok = succeeded(report);
  close(screen, {
    headline: headlineOf(report),
    ok,
    rows: verdict === undefined ? [] : tableOf(verdict),
    suggestions: suggestionsAfter(outage),
  });
  if (output === 'json')
    process.stdout.write(`${JSON.stringify({ ok, outage, ...verdict, steps: outcomes })}\n`);
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

function paymentsASecond(text: string): number {
  const rate = Number(text);
  if (Number.isInteger(rate) && rate >= 10 && rate <= 500) return rate;
  throw new InvalidArgumentError('It must be a whole number from 10 to 500.');
}
