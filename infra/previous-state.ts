import { getOrganization, getProject, getStack, RunError, runtime } from '@pulumi/pulumi';
import type { Configuration } from './configuration.ts';
import type { LiveStream } from './discovered-streams.ts';
import type { StreamRole } from './tags.ts';

/** A stream in the state of the stack, as of the last update or refresh. */
export interface OwnedStream extends LiveStream {
  readonly role: StreamRole;
  /** Empty when neither its name nor its OCID contains it. */
  readonly region: string;
}

/** A pool of the stack. */
export interface OwnedPool {
  readonly role: StreamRole;
  readonly region: string;
  readonly ocid: string;
  readonly subnetId?: string;
  readonly nsgIds: readonly string[];
  readonly privateEndpointIp?: string;
}

/** The resources and outputs of a HaStream before this update. */
export interface PreviousState {
  readonly streams: readonly OwnedStream[];
  readonly pools: readonly OwnedPool[];
  /** Outputs of the last complete update. */
  readonly lastOutputs: {
    readonly secondary?: { readonly region: string; readonly ocid: string; readonly endpoint: string };
    /** Absent before the first update: then nothing is protected. */
    readonly protect?: boolean;
  };
}

const roleAndRegion = /^-(primary|secondary)(-pool)?-((?!primary-|secondary-)[a-z]{2,}(?:-[a-z]+)+-\d+)$/;

/**
 * The name of a resource in a region. It contains the region, because a resource in another region is another resource
 * and not a moved one.
 */
export function regionalName(component: string, what: string, region: string): string {
  return `${component}-${what}-${region}`;
}

/** The stack of this repository once named its streams by their role alone. */
export function formerNames(component: string, role: StreamRole): string[] {
  return component === 'streams' ? [role] : [];
}

/** The stream of a role in the state of the stack, if it is in the configured region. */
export function ownedStream(
  { primaryRegion, secondaryRegion }: Pick<Configuration, 'primaryRegion' | 'secondaryRegion'>,
  { streams }: PreviousState,
  role: OwnedStream['role'],
): OwnedStream | undefined {
  const wanted = role === 'primary' ? primaryRegion : secondaryRegion;
  return streams.find((stream) => stream.role === role && (stream.region === wanted || stream.region === ''));
}

/**
 * Reads the resources of a HaStream from the state of the stack. It asks no region, so it works in any outage.
 *
 * @param urn of the component: of two components in one stack each has its own resources
 * @throws RunError when the state cannot be read: without it, a stream could be replaced unnoticed
 */
export async function readPreviousState(urn: string): Promise<PreviousState> {
  const stackName = `${getOrganization()}/${getProject()}/${getStack()}`;
  try {
    const answer = (await runtime.invoke('pulumi:pulumi:readStackResourceOutputs', { stackName })) as {
      outputs?: Readonly<Record<string, { type?: unknown; outputs?: Values }>>;
    };
    return previousStateOf(answer.outputs ?? {}, urn);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new RunError(
      `The state of the stack ${stackName} cannot be read, so nothing was changed: ${because}`,
    );
  }
}

type Values = Readonly<Record<string, unknown>>;

/** @param resources outputs by URN, from the engine */
export function previousStateOf(
  resources: Readonly<Record<string, { readonly outputs?: Values }>>,
  urn: string,
): PreviousState {
  const name = urn.slice(urn.lastIndexOf('::') + 2);
  const childrenOf = `${urn.slice(0, urn.lastIndexOf('::'))}$`;
  const streams: OwnedStream[] = [];
  const pools: OwnedPool[] = [];
  for (const [childUrn, { outputs = {} }] of Object.entries(resources)) {
    if (!childUrn.startsWith(childrenOf)) continue;
    const [type, childName = ''] = childUrn.slice(childrenOf.length).split('::');
    const where = placeOf(name, childName, text(outputs['id']));
    if (!where) continue;
    if (type === 'oci:Streaming/stream:Stream') streams.push({ ...where, ...streamOf(outputs) });
    if (type === 'oci:Streaming/streamPool:StreamPool') pools.push({ ...where, ...poolOf(outputs) });
  }
  return { streams, pools, lastOutputs: lastOutputsOf(resources[urn]?.outputs ?? {}) };
}

function placeOf(
  component: string,
  childName: string,
  ocid: string,
): Pick<OwnedStream, 'role' | 'region'> | undefined {
  const former = (['primary', 'secondary'] as const).find((role) =>
    formerNames(component, role).includes(childName),
  );
  // OCIDs in Ashburn and Phoenix have a key (`iad`, `phx`) instead of the region's identifier.
  if (former) return { role: former, region: /\.([a-z]+-[a-z-]+-\d+)\./.exec(ocid)?.[1] ?? '' };
  const parts = childName.startsWith(component)
    ? roleAndRegion.exec(childName.slice(component.length))
    : null;
  return parts ? { role: parts[1] as StreamRole, region: parts[3] ?? '' } : undefined;
}

function streamOf(outputs: Values): LiveStream {
  const { retentionInHours, freeformTags } = outputs;
  return {
    ocid: text(outputs['id']),
    endpoint: text(outputs['messagesEndpoint']),
    name: text(outputs['name']),
    partitions: Number(outputs['partitions']),
    ...(typeof retentionInHours === 'number' && { retentionInHours }),
    compartmentId: text(outputs['compartmentId']),
    streamPoolId: text(outputs['streamPoolId']),
    freeformTags: (freeformTags ?? {}) as LiveStream['freeformTags'],
  };
}

function poolOf(outputs: Values): Omit<OwnedPool, 'role' | 'region'> {
  const endpoint = (outputs['privateEndpointSettings'] ?? {}) as Values;
  const { subnetId, privateEndpointIp } = endpoint;
  return {
    ocid: text(outputs['id']),
    ...(typeof subnetId === 'string' && { subnetId }),
    nsgIds: Array.isArray(endpoint['nsgIds']) ? (endpoint['nsgIds'] as string[]) : [],
    ...(typeof privateEndpointIp === 'string' && { privateEndpointIp }),
  };
}

function lastOutputsOf(outputs: Values): PreviousState['lastOutputs'] {
  const { secondaryRegion, secondaryStreamOcid, secondaryStreamEndpoint, protect } = outputs;
  const named = typeof secondaryStreamOcid === 'string' && typeof secondaryStreamEndpoint === 'string';
  return {
    ...(named && {
      secondary: {
        region: text(secondaryRegion),
        ocid: secondaryStreamOcid,
        endpoint: secondaryStreamEndpoint,
      },
    }),
    ...(typeof protect === 'boolean' && { protect }),
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
