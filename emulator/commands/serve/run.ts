import { startEmulator, type Emulator } from '../../emulator.ts';
import { UsageError } from '../../options.ts';
import { DEFAULT_CONTROL_PORT } from '../control-call.ts';
import type { ServeFlags } from './flags.ts';
import { readyLine, whatToTypeNext } from './ready.ts';

/** Runs the emulator until it is told to stop. */
export async function serve(flags: ServeFlags): Promise<void> {
  const { port, controlPort, createDelay, updateDelay, deleteDelay, offsetGaps, ...others } = flags;
  const { maxStored, user, json, log, ...same } = others;
  // Before anybody can know that it runs: whoever reads the ready line may end it at once.
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

/** A rule that was never hit tells that a test did not test what it meant to. */
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
