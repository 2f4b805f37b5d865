import { readFileSync } from 'node:fs';

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import { EXIT } from './exit-code.ts';
import { OUTAGES } from './outages.ts';
import type { Flags } from './run.ts';

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
  .version(
    (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
      .version,
    '--version',
    'print the version',
  )
  .exitOverride()
  .configureOutput({ outputError: () => {} })
  .action(async (flags: Flags) => {
    process.exitCode = await (await import('./run.ts')).run(flags);
  });

// A reader that has seen enough (`| head`) closes the pipe: a quiet end. The programs go by themselves.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  process.stderr.write(`demo: standard output cannot be written (${error.code ?? error.message})\n`);
  process.exit(EXIT.failed);
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode !== 0) {
    const problem = error.message
      .replace(/^error: /, '')
      .replaceAll(/\s*\n\s*/g, ' ')
      .replace(/\.$/, '');
    process.stderr.write(`demo: ${problem}; see npm start -- --help\n`);
    process.exitCode = EXIT.usage;
  }
}

function paymentsASecond(text: string): number {
  const rate = Number(text);
  if (Number.isInteger(rate) && rate >= 10 && rate <= 500) return rate;
  throw new InvalidArgumentError('It must be a whole number from 10 to 500.');
}
