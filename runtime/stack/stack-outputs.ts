import { readFile } from 'node:fs/promises';

import * as v from 'valibot';

import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { pulumi, type Pulumi } from './pulumi.ts';

/** What the stack says about the primary (infra/ exports these). */
export interface StackOutputs {
  readonly primaryStreamOcid: string;
  readonly primaryStreamEndpoint: string | undefined;
  /** For people: the file, or the command. */
  readonly source: string;
}

interface Sources {
  /** A file of `pulumi stack output --json`, where there is no `pulumi`. */
  readonly file: string | undefined;
  readonly directory: string;
  readonly emit: EventListener;
  readonly run?: Pulumi;
}

const Outputs = v.object({
  primaryStreamOcid: v.nullish(v.string()),
  primaryStreamEndpoint: v.nullish(v.string()),
});
const COMMAND = 'pulumi stack output --json';
const TIMEOUT_MS = 20_000;

/**
 * The outputs of the file, else of the selected stack of the project here; undefined when there is neither, or the stack
 * was never updated (a debug line says why).
 * @throws HaError `CONFIG` when a file was named and is not what it should be.
 */
export async function readStackOutputs({
  file,
  directory,
  emit,
  run = pulumi,
}: Sources): Promise<StackOutputs | undefined> {
  if (file !== undefined) return parse(await readNamed(file), file);
  const ran = await run(['stack', 'output', '--json'], { directory, timeoutMs: TIMEOUT_MS });
  if (ran.end === 'done') return parse(ran.stdout, COMMAND);
  emit({
    type: 'stack-skipped',
    what: 'stack outputs',
    because: ran.end === 'busy' ? 'the stack is busy' : ran.because,
  });
  return undefined;
}

async function readNamed(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const because = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new HaError(
      'CONFIG',
      `--outputs ${file} cannot be read (${because}); make it with \`${COMMAND} > ${file}\`.`,
      { cause: error },
    );
  }
}

function parse(text: string, source: string): StackOutputs | undefined {
  const outputs = v.safeParse(v.pipe(v.string(), v.parseJson(), Outputs), text);
  if (!outputs.success) {
    throw new HaError(
      'CONFIG',
      `${source} is not the JSON of stack outputs: ${outputs.issues[0].message}; make it with \`${COMMAND}\`.`,
    );
  }
  const { primaryStreamOcid, primaryStreamEndpoint } = outputs.output;
  if (primaryStreamOcid === undefined || primaryStreamOcid === null) return undefined;
  return { primaryStreamOcid, primaryStreamEndpoint: primaryStreamEndpoint ?? undefined, source };
}
