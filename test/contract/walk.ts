import { spawn } from 'node:child_process';
import type { Client } from './clients.ts';
import { openContractWorld, REGION } from './world.ts';

/** What a client saw of one call. Fields that are null are left out: some clients show them, some do not. */
export interface Seen {
  readonly step: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The class of the client's model. */
  readonly type?: string;
  readonly body?: unknown;
  /** Where the answer is not as the client's models have it. Only strict clients say. */
  readonly strange?: readonly string[];
  readonly error?: {
    readonly type: string;
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly requestId: string;
  };
}

export interface Walk {
  /** Every operation that the client has. */
  readonly has: readonly string[];
  readonly all: readonly Seen[];
  /** Those of which the emulator says that the client got an answer. */
  readonly answered: readonly string[];
  readonly seen: (step: string) => Seen;
}

/** Lets the client walk through all operations of an emulator of its own. Takes seconds. */
export async function walkWith(client: Client): Promise<Walk> {
  await using world = await openContractWorld();
  const [first, ...rest] = await linesOf(client, [JSON.stringify(world.described)], world.directory);
  const all = rest as Seen[];
  const { calls } = world.emulator.state().regions[REGION]!;
  return {
    has: (first as { has: string[] }).has,
    all,
    answered: Object.keys(calls).filter((name) => ['200', '204'].some((status) => status in calls[name]!)),
    seen(step) {
      const found = all.find((each) => each.step === step);
      if (found === undefined) throw new Error(`${client.name} did not ${step}`);
      return found;
    },
  };
}

/** Runs the client's program in a home of its own and reads the lines that it prints. */
export async function linesOf(
  { program, args, env, name }: Pick<Client, 'program' | 'args' | 'env' | 'name'>,
  given: readonly string[],
  home: string,
): Promise<unknown[]> {
  const child = spawn(program, [...args, ...given], {
    env: { PATH: process.env['PATH'], HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}:\n${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line, (_, value: unknown) => value ?? undefined) as unknown);
}
