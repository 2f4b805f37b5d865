import type { Command } from 'commander';
import { expectRsaKey } from '../../credentials/rsa-key.ts';
import { DEFAULT_REGIONS } from '../../options.ts';
import { DEFAULT_CONTROL_PORT } from '../control-call.ts';
import { duration, number } from '../duration.ts';
import { limitsFlag, scenarioFlag, userFlag, type ServeFlags } from './flags.ts';

export function addServeCommand(program: Command): void {
  program
    .command('serve', { isDefault: true })
    .description('start the regions and keep running')
    .option('--regions <names>', 'regions, separated by commas', (text) => text.split(','), [
      ...DEFAULT_REGIONS,
    ])
    .option('--host <address>', 'where the regions listen', '127.0.0.1')
    .option('--control-host <address>', 'where the control listener listens', '127.0.0.1')
    .option('--advertise <host>', 'the host in the URLs that it tells (default: that of --host)')
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
    .option('--offset-gaps <p>', 'how often offsets leave a gap, 0 to 1', number, 0)
    .option('--retry-after', 'send retry-after with a 429', false)
    .option('--max-stored <MiB>', 'what a region may hold in memory', number, 512)
    .option('--when-full <what>', 'refuse puts, or drop-oldest messages', 'refuse')
    .option('--signatures <how>', 'required, checked (unsigned calls pass), ignored', 'required')
    .option(
      '--user <name=grants>',
      'one more profile, as writer="use stream-push, read streams"',
      userFlag,
      {},
    )
    .option('--tls', 'speak TLS', false)
    .option('--data <directory>', 'keep everything there; without it, memory does')
    .option('--scenario <file>', 'what fails when, as JSON', scenarioFlag)
    .option('--log', 'write one line a call to stderr', false)
    .option('--json', 'print one line of JSON when ready', false)
    .action(async (flags: ServeFlags) => {
      // A key is looked for on another core while the rest is loaded: kept data brings its own.
      if (flags.data === undefined) expectRsaKey();
      const { serve } = await import('./run.ts');
      await serve(flags);
    });
}
