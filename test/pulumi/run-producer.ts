import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Ran } from './stack-workspace.ts';
import type { StackWorld } from './stack-world.ts';

const commandLine = join(import.meta.dirname, '..', '..', 'runtime', 'launch.js');

/** Variables on top of the user's; undefined takes one away. */
export type Variables = Readonly<{ [name: string]: string | undefined }>;

/**
 * `npm run producer` in the stack's project, as a user runs it after `pulumi up`: nothing tells it where the primary is but
 * the stack. The compartment is for the secondary; the endpoints lead to the emulator.
 */
export class RunningProducer {
  /** When it has ended. */
  readonly ended: Promise<Ran>;
  readonly #told: string[] = [];
  readonly #listeners = new Set<() => void>();

  private constructor(
    child: ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream },
  ) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#told.push(line);
      for (const listener of this.#listeners) listener();
    });
    const code = new Promise<number>((resolve, reject) => {
      child.once('error', reject).once('close', (exit) => resolve(exit ?? 1));
    });
    this.ended = Promise.all([text(child.stdout), code]).then(([stdout, exit]) => ({
      code: exit,
      stdout,
      stderr: this.#told.join('\n'),
    }));
  }

  static start(world: StackWorld, flags: readonly string[], variables: Variables = {}): RunningProducer {
    const child = spawn(process.execPath, [commandLine, 'producer', ...flags], {
      cwd: world.stack.directory,
      env: { ...userEnvironment(world), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new RunningProducer(child);
  }

  /** Resolves when a line on stderr holds these words; rejects when it ended without. */
  tells(words: string): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      const look = () => this.#told.some((line) => line.includes(words)) && resolve();
      this.#listeners.add(look);
      look();
    });
    const without = this.ended.then(({ stderr }) => {
      throw new Error(`The producer ended and never said "${words}":\n${stderr}`);
    });
    return Promise.race([heard, without]);
  }
}

/** What the shell of somebody has who followed the README up to here. */
export function userEnvironment({ emulator, stack }: StackWorld): NodeJS.ProcessEnv {
  const endpoints = Object.entries(emulator.regions).map(([region, url]) => [
    `OCI_STREAMING_ENDPOINT_${region.toUpperCase().replaceAll('-', '_')}`,
    url,
  ]);
  return {
    ...stack.environment,
    ...(Object.fromEntries(endpoints) as NodeJS.ProcessEnv),
    OCI_CONFIG_FILE: emulator.configFile,
    OCI_COMPARTMENT_ID: emulator.compartmentId,
    OCI_STREAMING_EXPORT_ENV: 'process',
    PRIMARY_STREAM_OCID: undefined,
    PRIMARY_STREAM_ENDPOINT: undefined,
  };
}

/** The same, to its end. */
export function runProducer(
  world: StackWorld,
  flags: readonly string[],
  variables?: Variables,
): Promise<Ran> {
  return RunningProducer.start(world, flags, variables).ended;
}
