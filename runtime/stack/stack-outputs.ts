import { readFile } from 'node:fs/promises';

import * as v from 'valibot';

import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { decodeText } from '../text-encoding.ts';
import { pulumi, type Pulumi, type PulumiOptions } from './pulumi.ts';

/** What the stack says about the primary (infra/ exports these). */
export interface StackOutputs {
  readonly primaryStreamOcid: string;
  readonly primaryStreamEndpoint: string | undefined;
  readonly primaryRegion: string | undefined;
  readonly secondaryRegion: string | undefined;
  readonly compartmentId: string | undefined;
  /** For people: the file, or the command. */
  readonly source: string;
}

interface Sources extends Pick<PulumiOptions, 'directory' | 'environment'> {
  /** A file of `pulumi stack output --json`, where there is no `pulumi`. */
  readonly file: string | undefined;
  readonly emit: EventListener;
  readonly run?: Pulumi;
}

const Outputs = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    primaryStreamOcid: v.optional(v.string()),
    primaryStreamEndpoint: v.optional(v.string()),
    primaryRegion: v.optional(v.string()),
    secondaryRegion: v.optional(v.string()),
    activeRegion: v.optional(v.string()),
    compartmentId: v.optional(v.string()),
  }),
);
const COMMAND = 'pulumi stack output --json';
const TIMEOUT_MS = 20_000;

/** Of a stack that is there, but not one of infra/, or not yet. */
export const NOT_OURS = 'the stack here was never updated, or is of another project';

/** Whether these are outputs of infra/: a person's own project can have a Pulumi.yaml too, and is not ours to update. */
export function areOurs(stdout: string): boolean {
  const { success, output } = v.safeParse(Outputs, stdout);
  return success && output.primaryStreamOcid !== undefined && output.activeRegion !== undefined;
}

/**
 * The outputs of the file, else of the selected stack of the project here. Undefined when there is neither, or none of
 * ours (a debug line says so), and when pulumi fails (a warning does).
 * @throws HaError `CONFIG` when a file was named and is not what it should be.
 */
export async function readStackOutputs(sources: Sources): Promise<StackOutputs | undefined> {
  const { file, emit, run = pulumi, ...where } = sources;
  if (file !== undefined) return fromFile(file);
  const ran = await run(['stack', 'output', '--json'], { ...where, timeoutMs: TIMEOUT_MS });
  if (ran.end === 'done') {
    if (areOurs(ran.stdout)) return stackOutputs(v.parse(Outputs, ran.stdout), COMMAND);
    emit({ type: 'stack-skipped', what: 'stack outputs', because: NOT_OURS });
  } else if (ran.end === 'absent') {
    emit({ type: 'stack-skipped', what: 'stack outputs', because: ran.because });
  } else {
    const because = ran.end === 'failed' ? ran.because : 'the stack is busy';
    emit({ type: 'warning', about: 'stack outputs', message: `not read: ${because}` });
  }
  return undefined;
}

async function fromFile(file: string): Promise<StackOutputs> {
  const outputs = v.safeParse(Outputs, await readNamed(file));
  const problem = outputs.success ? undefined : outputs.issues[0].message;
  const found = outputs.success ? stackOutputs(outputs.output, file) : undefined;
  if (found !== undefined) return found;
  throw new HaError(
    'CONFIG',
    `--outputs ${file} is not the JSON of stack outputs: ${problem ?? 'no primaryStreamOcid in it'}; make it with \`${COMMAND} > ${file}\` after a \`pulumi up\`.`,
  );
}

async function readNamed(file: string): Promise<string> {
  try {
    const decoded = decodeText(await readFile(file), 'utf8');
    if ('text' in decoded) return decoded.text;
    throw new HaError('CONFIG', `--outputs ${file} ${decoded.problem}.`);
  } catch (error) {
    if (error instanceof HaError) throw error;
    const because = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new HaError(
      'CONFIG',
      `--outputs ${file} cannot be read (${because}); make it with \`${COMMAND} > ${file}\`.`,
      { cause: error },
    );
  }
}

function stackOutputs(outputs: v.InferOutput<typeof Outputs>, source: string): StackOutputs | undefined {
  const { primaryStreamOcid, primaryStreamEndpoint, primaryRegion, secondaryRegion, compartmentId } = outputs;
  if (primaryStreamOcid === undefined) return undefined;
  return { primaryStreamOcid, primaryStreamEndpoint, primaryRegion, secondaryRegion, compartmentId, source };
}
