import type { AccessConfiguration, Configuration } from './configuration.ts';
import { replacementProblem } from './fixed-at-creation.ts';
import type { LiveStream } from './live-stream.ts';
import { madeByStack, marks, type StreamRole } from './marks.ts';
import type { RuntimeRecord } from './record.ts';
import type { SecondaryChoice } from './secondary-choice.ts';
import { streamAlarms, type AlarmPlan } from './stream-alarms.ts';

/** What the regions showed before anything was declared. */
export interface Sight {
  /** The primary that this stack made earlier; absent when there is none, or when it was not to be seen. */
  readonly primary?: LiveStream;
  readonly secondary: SecondaryChoice;
}

export interface StreamPlan {
  readonly role: StreamRole;
  readonly region: string;
  readonly name: string;
  readonly partitions: number;
  readonly retentionInHours: number;
  /** OCI takes one of the two. */
  readonly place: { readonly compartmentId: string } | { readonly streamPoolId: string };
  readonly freeformTags: Readonly<{ [key: string]: string }>;
  readonly protect: boolean;
  /** Take this stream, which somebody else made, into the stack; leave it where it is when the stack goes. */
  readonly adopt?: string;
  /** Change nothing about a stream that exists: it is not ours to change, or it cannot be seen now. */
  readonly leaveAsIs: boolean;
}

export type SecondaryPlan =
  | { readonly do: 'declare'; readonly stream: StreamPlan }
  | { readonly do: 'report'; readonly known?: { readonly ocid: string; readonly endpoint: string } };

export interface AccessPlan {
  readonly name: string;
  readonly homeRegion: string;
  readonly compartmentId: string;
  readonly principals: AccessConfiguration;
  /** `vcp` for sa-vinhedo-1: where the runtime may have to make the secondary. */
  readonly secondaryRegionKey: string;
}

/** A topic and its alarms: an alarm can only notify a topic of its own region. */
export interface AlarmsPlan {
  readonly role: StreamRole;
  readonly region: string;
  readonly compartmentId: string;
  readonly topicName: string;
  readonly email?: string;
  readonly alarms: readonly AlarmPlan[];
}

export type Plan =
  | { readonly do: 'refuse'; readonly because: string }
  | {
      readonly do: 'build';
      readonly primary: StreamPlan;
      readonly secondary: SecondaryPlan;
      readonly access?: AccessPlan;
      readonly alarms: readonly AlarmsPlan[];
      readonly tags: Readonly<{ [key: string]: string }>;
      readonly activeRegion: string;
      readonly warnings: readonly string[];
    };

/**
 * Everything that the stack is to hold and to tell, decided from plain values.
 *
 * @param stack `project/stack`
 * @param secondaryRegionKey only access policies need it
 */
export function planStack(
  configuration: Configuration,
  stack: string,
  record: RuntimeRecord,
  sight: Sight,
  secondaryRegionKey: string,
): Plan {
  const primary = streamPlan(configuration, stack, 'primary');
  const secondary = planSecondary(configuration, stack, sight.secondary);
  const changes = [
    ...(sight.primary ? [replacementProblem(sight.primary, primary)] : []),
    ...(ownedSecondary(secondary) && sight.secondary.live
      ? [replacementProblem(sight.secondary.live, configuration)]
      : []),
  ].filter((problem) => problem !== undefined);
  if (changes.length > 0 && configuration.protect) return { do: 'refuse', because: changes.join('\n') };
  const access = planAccess(configuration, stack, secondaryRegionKey);
  return {
    do: 'build',
    primary,
    secondary,
    ...(access && { access }),
    alarms: planAlarms(configuration, stack, [
      primary,
      ...(secondary.do === 'declare' ? [secondary.stream] : []),
    ]),
    tags: configuration.tags,
    activeRegion: record.activeRegion ?? configuration.primaryRegion,
    warnings: [
      ...record.warnings,
      ...(sight.secondary.warning === undefined ? [] : [sight.secondary.warning]),
      ...changes,
      ...smaller(configuration, sight.secondary.live),
    ],
  };
}

function streamPlan(configuration: Configuration, stack: string, role: StreamRole): StreamPlan {
  const { compartmentId, streamPoolId, partitions, retentionInHours, protect } = configuration;
  const isPrimary = role === 'primary';
  return {
    role,
    region: isPrimary ? configuration.primaryRegion : configuration.secondaryRegion,
    name: isPrimary ? configuration.streamName : configuration.secondaryStreamName,
    partitions,
    retentionInHours,
    place: isPrimary && streamPoolId !== undefined ? { streamPoolId } : { compartmentId },
    freeformTags: { ...configuration.tags, ...marks(stack) },
    protect,
    leaveAsIs: false,
  };
}

/** On demand the stack only reports the secondary. Warm, it owns it: makes it, or adopts the one that the runtime made. */
function planSecondary(configuration: Configuration, stack: string, choice: SecondaryChoice): SecondaryPlan {
  if (configuration.standby === 'onDemand') {
    return { do: 'report', ...(choice.secondary && { known: choice.secondary }) };
  }
  const stream = streamPlan(configuration, stack, 'secondary');
  if (!choice.live) return { do: 'declare', stream: { ...stream, leaveAsIs: choice.warning !== undefined } };
  if (madeByStack(choice.live, stack)) return { do: 'declare', stream };
  return { do: 'declare', stream: { ...stream, adopt: choice.live.ocid, leaveAsIs: true } };
}

const ownedSecondary = (plan: SecondaryPlan): boolean => plan.do === 'declare' && !plan.stream.leaveAsIs;

function smaller({ partitions, retentionInHours }: Configuration, live?: LiveStream): string[] {
  if (!live) return [];
  const retention = live.retentionInHours ?? retentionInHours;
  if (live.partitions >= partitions && retention >= retentionInHours) return [];
  return [
    `The secondary ${live.ocid} has ${live.partitions} partitions and keeps messages for ${retention} hours, the primary ${partitions} and ${retentionInHours}: after a failover it may throttle, or forget, sooner.`,
  ];
}

function planAccess(
  { access, compartmentId, primaryRegion }: Configuration,
  stack: string,
  secondaryRegionKey: string,
): AccessPlan | undefined {
  if (!access) return undefined;
  const homeRegion = access.homeRegion ?? primaryRegion;
  return { name: nameOf(stack, 'access'), homeRegion, compartmentId, principals: access, secondaryRegionKey };
}

function planAlarms(
  { alarms, compartmentId }: Configuration,
  stack: string,
  streams: StreamPlan[],
): AlarmsPlan[] {
  if (!alarms) return [];
  return streams.map(({ role, region, name }) => ({
    role,
    region,
    compartmentId,
    topicName: nameOf(stack, role),
    ...(alarms.email !== undefined && { email: alarms.email }),
    alarms: streamAlarms(role, name, alarms.silenceMinutes),
  }));
}

/** Names of policies and topics are unique in the tenancy: `oci-streaming-ha-dev-access`. */
const nameOf = (stack: string, what: string): string => `${stack.replaceAll('/', '-')}-${what}`;
