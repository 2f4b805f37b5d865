import type { Command } from 'commander';
import { startEmulator, type Emulator } from '../emulator.ts';
import { DEFAULT_REGIONS, UsageError, type EmulatorOptions } from '../options.ts';
import type { Scenario } from '../scenario/index.ts';
import { DEFAULT_CONTROL_PORT } from './control-call.ts';
import { duration, number } from './duration.ts';
import { limitsFlag, scenarioFlag, userFlag } from './serve-flags.ts';

interface ServeFlags {
  readonly regions: string[];
  readonly host: string;
  readonly advertise?: string;
  readonly port: number;
  readonly controlPort?: number;
  readonly createDelay: number;
  readonly limits: NonNullable<EmulatorOptions['limits']>;
  readonly retryAfter: boolean;
  readonly maxStored: number;
  readonly whenFull: 'refuse' | 'drop-oldest';
  readonly signatures: 'required' | 'checked' | 'ignored';
  readonly user: Record<string, string[]>;
  readonly tls: boolean;
  readonly data?: string;
  readonly scenario?: Scenario;
  readonly log: boolean;
  readonly json: boolean;
}

export function addServeCommand(program: Command): void {
  program
    .command('serve', { isDefault: true })
    .description('start the regions and keep running')
    .option('--regions <names>', 'regions, separated by commas', (text) => text.split(','), [
      ...DEFAULT_REGIONS,
    ])
    .option('--host <address>', 'where to listen', '127.0.0.1')
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
    .option('--limits <which>', 'strict, relaxed, or name=value,… (see the README)', limitsFlag, 'relaxed')
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
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const { port, controlPort, createDelay, maxStored, user, json, log, ...same } = flags;
  // Before anybody can know that it runs: whoever reads the ready line may end it at once.
  const stopped = stopSignal();
  const emulator = await startEmulator({
    ...same,
    port,
    controlPort: controlPort ?? (port === 0 ? 0 : DEFAULT_CONTROL_PORT),
    createDelayMs: createDelay,
    maxStoredBytes: maxStored * 2 ** 20,
    users: user,
    say: tell,
    ...(log ? { log: tell } : {}),
  }).catch(explained);
  process.stdout.write(json ? `${readyLine(emulator)}\n` : whatToTypeNext(emulator));
  await stopped;
  neverHit(emulator).forEach(tell);
  await emulator.close();
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function explained(error: NodeJS.ErrnoException & { port?: number }): never {
  if (error.code === 'EADDRINUSE') {
    throw new UsageError(`port ${error.port} is in use; choose another with --port (0 takes any free one)`);
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EACCES') {
    throw new UsageError(`cannot listen there: ${error.message}`);
  }
  throw error;
}

function readyLine({ regions, control, configFile, compartmentId, caFile }: Emulator): string {
  return JSON.stringify({ regions, control, configFile, compartmentId, caFile });
}

function whatToTypeNext(emulator: Emulator): string {
  const [first] = Object.keys(emulator.regions);
  return [
    'Ready. In another terminal:',
    '',
    `  export OCI_CONFIG_FILE=${emulator.configFile}`,
    `  export OCI_COMPARTMENT_ID=${emulator.compartmentId}`,
    ...(emulator.caFile === undefined ? [] : [`  export NODE_EXTRA_CA_CERTS=${emulator.caFile}`]),
    ...Object.entries(emulator.regions).map(([name, url]) => `  export ${endpointVariable(name)}=${url}`),
    '',
    `  npm run emulator -- stream ${first} OCI-PRIMARY-STREAM --partitions 3 --control ${emulator.control}`,
    '  npm run producer -- --count 20',
    '  npm run consumer',
    '',
    'To see it fail, and to see what was stored:',
    '',
    `  npm run emulator -- fault ${first} --status 503 --for 30s --control ${emulator.control}`,
    `  curl ${emulator.control}/ledger`,
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}

/** A rule that was never hit tells that a test did not test what it meant to. */
function neverHit(emulator: Emulator): string[] {
  return Object.entries(emulator.faults()).flatMap(([region, rules]) =>
    rules
      .filter(({ hits }) => hits === 0)
      .map(({ rule }) => `emulator: never hit: ${region} ${JSON.stringify(rule)}`),
  );
}

function endpointVariable(region: string): string {
  return `OCI_STREAMING_ENDPOINT_${region.toUpperCase().replaceAll('-', '_')}`;
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
