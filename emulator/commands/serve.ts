import type { Command } from 'commander';
import { startEmulator, type Emulator } from '../emulator.ts';
import { DEFAULT_REGIONS, UsageError } from '../options.ts';
import { duration, number } from './duration.ts';
import { DEFAULT_CONTROL_PORT } from './control-url.ts';

interface ServeFlags {
  readonly regions: string[];
  readonly host: string;
  readonly port: number;
  readonly controlPort?: number;
  readonly createDelay?: number;
  readonly json?: true;
}

export function addServeCommand(program: Command): void {
  program
    .command('serve', { isDefault: true })
    .description('start the regions and keep running')
    .option('--regions <names>', 'regions, separated by commas', (text) => text.split(','), [
      ...DEFAULT_REGIONS,
    ])
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option(
      '--port <number>',
      'port of the first region; 0 takes any free ports',
      number,
      DEFAULT_CONTROL_PORT + 1,
    )
    .option(
      '--control-port <number>',
      `port of the control listener (default: ${DEFAULT_CONTROL_PORT}, or any with --port 0)`,
      number,
    )
    .option('--create-delay <duration>', 'how long a stream is CREATING', duration)
    .option('--json', 'print one line of JSON when ready')
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const { regions, host, port, createDelay } = flags;
  const controlPort = flags.controlPort ?? (port === 0 ? 0 : DEFAULT_CONTROL_PORT);
  const delays = createDelay === undefined ? {} : { createDelayMs: createDelay };
  const emulator = await startEmulator({ regions, host, port, controlPort, ...delays }).catch(explained);
  process.stdout.write(flags.json === true ? `${readyLine(emulator)}\n` : whatToTypeNext(emulator));
  await stopSignal();
  await emulator.close();
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

function readyLine({ regions, control, configFile, compartmentId }: Emulator): string {
  return JSON.stringify({ regions, control, configFile, compartmentId });
}

function whatToTypeNext(emulator: Emulator): string {
  const [first] = Object.keys(emulator.regions);
  return [
    'Ready. In another terminal:',
    '',
    `  export OCI_CONFIG_FILE=${emulator.configFile}`,
    `  export OCI_COMPARTMENT_ID=${emulator.compartmentId}`,
    ...Object.entries(emulator.regions).map(([name, url]) => `  export ${endpointVariable(name)}=${url}`),
    '',
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

function endpointVariable(region: string): string {
  return `OCI_STREAMING_ENDPOINT_${region.toUpperCase().replaceAll('-', '_')}`;
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
