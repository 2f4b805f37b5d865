import * as v from 'valibot';

import type { Clock } from '../clock.ts';
import { checkStream, decodeText, partsOfStreamOcid, realmOfOcid } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { readSmallFileLater, whyUnreadable } from '../small-file.ts';
import { pulumi, type Pulumi, type PulumiOptions } from './pulumi.ts';

/** The outputs of the stack about the primary (infra/ exports them). */
export interface StackOutputs {
  /** The OCID of a stream. If there is an endpoint, both are checked (core/stream-address.ts). */
  readonly primaryStreamOcid: string;
  readonly primaryStreamEndpoint: string | undefined;
  readonly primaryRegion: string | undefined;
  readonly secondaryRegion: string | undefined;
  readonly compartmentId: string | undefined;
  /** The file or the command, for messages. */
  readonly source: string;
}

interface Sources extends Pick<PulumiOptions, 'directory' | 'environment'> {
  /** A file with the output of `pulumi stack output --json`, for machines without `pulumi`. */
  readonly file: string | undefined;
  /** The endpoints that the user's own settings name, by region. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly emit: EventListener;
  /** Ends a running pulumi. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
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
/** A start is delayed by at most 5 s: this, the half second that pulumi gets to end, and the time to kill it (ms). */
const TIMEOUT_MS = 3_500;

/** For a stack that is not of infra/, or has no outputs yet. */
export const NOT_OURS = 'the stack here was never updated, or is of another project';

/** Whether these are outputs of infra/. A Pulumi.yaml here can be of another project, which we must not update. */
export function areOurs(stdout: string): boolean {
  const { success, output } = v.safeParse(Outputs, stdout);
  return success && output.primaryStreamOcid !== undefined && output.activeRegion !== undefined;
}

/**
 * The outputs in the file, else those of the selected stack of the project here. Undefined when there are none of
 * infra/ (a debug line tells it), and when pulumi fails or names a stream that must not be used (a warning tells it).
 * @throws HaError `CONFIG` when a file was named and is not the JSON of outputs.
 */
export async function readStackOutputs(sources: Sources): Promise<StackOutputs | undefined> {
  const { file, emit, endpoints, run = pulumi, ...where } = sources;
  if (file !== undefined) return fromFile(file, endpoints, where);
  const ran = await run(['stack', 'output', '--json'], { ...where, timeoutMs: TIMEOUT_MS });
  const warn = (message: string): void => emit({ type: 'warning', code: 'stack-outputs-not-used', message });
  if (ran.type === 'done') {
    if (!areOurs(ran.stdout)) {
      emit({ type: 'stack-skipped', what: 'stack outputs', because: NOT_OURS });
      return undefined;
    }
    const found = checkedOutputs(v.parse(Outputs, ran.stdout), COMMAND, endpoints);
    if (typeof found !== 'string') return found;
    warn(
      `The stack outputs are not used: ${found}. Run \`pulumi up\`, or name the endpoint if it is yours (OCI_STREAMING_ENDPOINT_<REGION>).`,
    );
  } else if (ran.type === 'absent') {
    emit({ type: 'stack-skipped', what: 'stack outputs', because: ran.because });
  } else {
    warn(`The stack outputs are not read: ${ran.type === 'failed' ? ran.because : 'the stack is busy'}`);
  }
  return undefined;
}

async function fromFile(
  file: string,
  endpoints: Sources['endpoints'],
  where: Pick<Sources, 'clock' | 'signal'>,
): Promise<StackOutputs> {
  const parsed = v.safeParse(Outputs, await readNamed(file, where));
  const found = parsed.success ? checkedOutputs(parsed.output, file, endpoints) : parsed.issues[0].message;
  if (typeof found !== 'string') return found;
  throw new HaError(
    'CONFIG',
    `\`outputs\` ${file} is not the JSON of stack outputs: ${found}; make it with \`${COMMAND} > ${file}\` after a \`pulumi up\`.`,
  );
}

async function readNamed(file: string, where: Pick<Sources, 'clock' | 'signal'>): Promise<string> {
  const remedy = `make it with \`${COMMAND} > ${file}\``;
  let bytes: Uint8Array;
  try {
    bytes = await readSmallFileLater(file, where);
  } catch (cause) {
    throw new HaError('CONFIG', `\`outputs\` ${file}: ${whyUnreadable(cause)}; ${remedy}.`, { cause });
  }
  const decoded = decodeText(bytes, 'utf-8');
  if (decoded.type === 'text') return decoded.text;
  throw new HaError('CONFIG', `\`outputs\` ${file} ${decoded.problem}; ${remedy}.`);
}

/** The checked outputs, or the problem with them. */
function checkedOutputs(
  outputs: v.InferOutput<typeof Outputs>,
  source: string,
  endpoints: Sources['endpoints'],
): StackOutputs | string {
  const { primaryStreamOcid, primaryStreamEndpoint, primaryRegion, secondaryRegion, compartmentId } = outputs;
  if (primaryStreamOcid === undefined) return 'no primaryStreamOcid in it';
  const region = primaryRegion ?? partsOfStreamOcid(primaryStreamOcid)?.region ?? '';
  const checked = checkStream(
    // Without an endpoint only the OCID is checked; the endpoint here is valid in any region.
    { ocid: primaryStreamOcid, endpoint: primaryStreamEndpoint ?? anyEndpointOf(region) },
    { region, endpoints, realm: realmOfOcid(compartmentId) },
  );
  if (!checked.trusted) {
    return `${checked.about === 'ocid' ? 'primaryStreamOcid' : 'primaryStreamEndpoint'} ${checked.problem}`;
  }
  return {
    primaryStreamOcid,
    primaryStreamEndpoint: primaryStreamEndpoint === undefined ? undefined : checked.stream.endpoint,
    primaryRegion,
    secondaryRegion,
    compartmentId,
    source,
  };
}

function anyEndpointOf(region: string): string {
  return `https://streaming.${region}.oci.oraclecloud.com`;
}
