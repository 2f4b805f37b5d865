import { readFileSync } from 'node:fs';

import type { Command } from 'commander';

import { expectRsaKey } from '../credentials/rsa-key.ts';
import { DEFAULT_REGIONS, type EmulatorOptions, UsageError } from '../options.ts';
import { refusePipe } from '../refuse-pipe.ts';
import type { Scenario } from '../scenario.ts';
import type { ServeFlags } from './serve.ts';
import { DEFAULT_CONTROL_PORT, duration, number } from './shared-flags.ts';

/** `strict`, `relaxed`, or `putBytesPerSecond=1000000,getsPerSecond=5`. */
function limitsFlag(text: string): NonNullable<EmulatorOptions['limits']> {
  if (text === 'strict' || text === 'relaxed') return text;
  const pairs = text.split(',').map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return [name, number(value)];
  });
  return Object.fromEntries(pairs) as NonNullable<EmulatorOptions['limits']>;
}

/** `writer=use stream-push, read streams`; may be given more than once. */
function userFlag(text: string, others: Record<string, string[]>): Record<string, string[]> {
  const mark = text.indexOf('=');
  const [name, grants] = mark === -1 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)];
  return { ...others, [name]: grants.split(',').map((grant) => grant.trim()) };
}

/** A file of JSON; its content is checked with the other options. */
function scenarioFlag(file: string): Scenario {
  try {
    refusePipe(file, 'write the scenario to a file');
    return JSON.parse(readFileSync(file, 'utf8')) as Scenario;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason =
      error instanceof SyntaxError ? 'it is not JSON' : String((error as NodeJS.ErrnoException).code);
    throw new UsageError(`--scenario ${file}: ${reason}`);
  }
}

export function addServeCommand(program: Command): void {
  program
    .command('serve', { isDefault: true })
    .description('start the regions and keep running')
    .option('--regions <names>', 'regions, separated by commas', (text) => text.split(','), [
      ...DEFAULT_REGIONS,
    ])
    .option('--host <address>', 'address of the region listeners', '127.0.0.1')
    .option('--control-host <address>', 'address of the control listener', '127.0.0.1')
    .option('--advertise <host>', 'the host in the URLs that are printed (default: that of --host)')
    .option(
      '--port <number>',
      'port of the first region; 0 takes any free ports',
      number,
      DEFAULT_CONTROL_PORT + 1,
    )
    .option(
      '--control-port <number>',
      `port of the control listener (default: ${DEFAULT_CONTROL_PORT}; any with --port 0)`,
      number,
    )
    .option('--create-delay <duration>', 'how long a stream is CREATING', duration, 0)
    .option('--update-delay <duration>', 'how long a stream is UPDATING', duration, 0)
    .option('--delete-delay <duration>', 'how long a stream is DELETING', duration, 0)
    .option(
      '--limits <which>',
      'strict, relaxed, or name=value,… (names: see the README)',
      limitsFlag,
      'relaxed',
    )
    .option('--offset-gaps <p>', 'probability of a gap before an offset, 0 to 1', number, 0)
    .option('--retry-after', 'send retry-after with a 429', false)
    .option('--max-stored <MiB>', 'memory for the messages of a region', number, 512)
    .option('--when-full <what>', 'refuse puts, or drop-oldest messages', 'refuse')
    .option('--signatures <how>', 'required, checked (unsigned calls pass), ignored', 'required')
    .option('--user <name=grants>', 'another user, as writer="use stream-push, read streams"', userFlag, {})
    .option('--tls', 'use TLS', false)
    .option('--data <directory>', 'keep all data in this directory (default: in memory)')
    .option('--scenario <file>', 'a timeline of faults, as JSON', scenarioFlag)
    .option('--log', 'write one line for each call to stderr', false)
    .option('--json', 'print one line of JSON when ready', false)
    .action(async (flags: ServeFlags) => {
      // A key takes time: it is generated on another core while the rest is loaded. Kept data has its own key.
      if (flags.data === undefined) expectRsaKey();
      const { serve } = await import('./serve.ts');
      await serve(flags);
    });
}
