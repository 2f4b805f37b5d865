import { type Emulator, startEmulator } from '../emulator.ts';
import { UsageError, type EmulatorOptions } from '../options.ts';
import type { Scenario } from '../scenario.ts';
import { DEFAULT_CONTROL_PORT } from './shared-flags.ts';

export interface ServeFlags {
  readonly regions: string[];
  readonly host: string;
  readonly controlHost: string;
  readonly advertise?: string;
  readonly port: number;
  readonly controlPort?: number;
  readonly createDelay: number;
  readonly updateDelay: number;
  readonly deleteDelay: number;
  readonly limits: NonNullable<EmulatorOptions['limits']>;
  readonly offsetGaps: number;
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

/** Runs the emulator until it is told to stop. */
export async function serve(flags: ServeFlags): Promise<void> {
  const { port, controlPort, createDelay, updateDelay, deleteDelay, offsetGaps, ...others } = flags;
  const { maxStored, user, json, log, ...same } = others;
  // Set up first: a reader of the ready line may end the emulator at once.
  const stopped = stopSignal();
  const emulator = await startEmulator({
    ...same,
    port,
    controlPort: controlPort ?? (port === 0 ? 0 : DEFAULT_CONTROL_PORT),
    createDelayMs: createDelay,
    updateDelayMs: updateDelay,
    deleteDelayMs: deleteDelay,
    offsetGapProbability: offsetGaps,
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

/** A rule without a hit means that a test did not test what it should. */
function neverHit(emulator: Emulator): string[] {
  return Object.entries(emulator.neverHit()).flatMap(([region, rules]) =>
    rules.map((rule) => `emulator: never hit: ${region} ${JSON.stringify(rule)}`),
  );
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

/** One line of JSON, for programs. */
function readyLine({ regions, control, configFile, compartmentId, caFile }: Emulator): string {
  return JSON.stringify({ regions, control, configFile, compartmentId, caFile });
}

/** The commands of a checkout, or of the package, which is plain JavaScript. */
const programs = import.meta.url.endsWith('.ts')
  ? { emulator: 'npm run emulator --', producer: 'npm run producer --', consumer: 'npm run consumer' }
  : {
      emulator: 'oci-streaming-emulator',
      producer: 'oci-streaming-ha producer',
      consumer: 'oci-streaming-ha consumer',
    };

/** The next commands, for people. */
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
    `  ${programs.emulator} stream ${first} OCI-PRIMARY-STREAM --partitions 3 --control ${emulator.control}`,
    `  ${programs.producer} --count 20`,
    `  ${programs.consumer}`,
    '',
    'To see it fail, and to see what was stored:',
    '',
    `  ${programs.emulator} fault ${first} --status 503 --for 30s --control ${emulator.control}`,
    `  curl ${emulator.control}/ledger`,
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}

function endpointVariable(region: string): string {
  return `OCI_STREAMING_ENDPOINT_${region.toUpperCase().replaceAll('-', '_')}`;
}
