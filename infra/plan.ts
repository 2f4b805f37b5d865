import type { AccessConfiguration, Configuration } from './configuration.ts';
import {
  chooseSecondary,
  inOrder,
  ownedStream,
  type DiscoveredStreams,
  type Listing,
  type LiveStream,
  type Look,
  type SecondaryChoice,
} from './discovered-streams.ts';
import { differencesFrom } from './fixed-at-creation.ts';
import type { OwnedStream, PreviousState } from './previous-state.ts';
import type { RuntimeRecord } from './record.ts';
import { streamAlarms, type AlarmPlan } from './stream-alarms.ts';
import { nameInTenancy, stackOf, stackTags, type StreamRole } from './tags.ts';

export interface PoolPlan {
  readonly name: string;
  readonly settings: NonNullable<Configuration['primaryPool']>;
}

export interface StreamPlan {
  readonly role: StreamRole;
  readonly region: string;
  readonly name: string;
  readonly partitions: number;
  readonly retentionInHours: number;
  /** OCI takes one of the three. */
  readonly place:
    | { readonly type: 'compartment' }
    | { readonly type: 'given-pool' }
    | { readonly type: 'own-pool'; readonly pool: PoolPlan };
  readonly freeformTags: Readonly<{ [key: string]: string }>;
  readonly protect: boolean;
  /** A stream that is there and not in the state: take it in. */
  readonly import?: string;
  /** Somebody else made it: it stays, as it is, when the stack no longer has it. */
  readonly isAdopted: boolean;
  /** Change nothing about it: it is not ours to change, or its region does not answer. */
  readonly leaveAsIs: boolean;
  /** It is in the state, and no longer in its region. */
  readonly isGone: boolean;
}

/** What the outputs name as the secondary. */
type SecondaryPlan =
  /** A stream of the stack, unless it is gone. */
  | { readonly type: 'declare'; readonly stream: StreamPlan; readonly instead?: SecondaryChoice['secondary'] }
  /** One that the runtime made. */
  | { readonly type: 'report'; readonly known?: SecondaryChoice['secondary'] };

export interface AccessPlan {
  readonly name: string;
  readonly homeRegion: string;
  readonly principals: AccessConfiguration;
}

/** A topic and its alarms: an alarm can only notify a topic of its own region. */
export interface AlarmsPlan {
  readonly role: StreamRole;
  readonly region: string;
  readonly topicName: string;
  readonly email?: string;
  readonly alarms: readonly AlarmPlan[];
}

export type Plan =
  | { readonly type: 'refuse'; readonly because: string }
  | {
      readonly type: 'build';
      readonly primary: StreamPlan;
      readonly secondary: SecondaryPlan;
      readonly access?: AccessPlan;
      readonly alarms: readonly AlarmsPlan[];
      readonly tags: Readonly<{ [key: string]: string }>;
      readonly activeRegion: string;
      /** OCIDs of streams of the state that this update does not touch: gone, or not shown by their region. */
      readonly untouched: ReadonlySet<string>;
      readonly warnings: readonly string[];
    };

/** Whose plan it is: names of what it makes follow from both. */
export interface Owner {
  /** `project/stack` */
  readonly stack: string;
  /** Of the HaStream. */
  readonly component: string;
}

/** A stream as it is to be declared, or why nothing may be declared. */
type Decision =
  | { readonly type: 'stream'; readonly stream: StreamPlan; readonly warnings: readonly string[] }
  | { readonly type: 'refuse'; readonly because: string };

/** Everything that the stack is to hold and to tell, decided from plain values. */
export function planStack(
  configuration: Configuration,
  owner: Owner,
  record: RuntimeRecord,
  previous: PreviousState,
  discovered: DiscoveredStreams,
): Plan {
  const primary = decide(configuration, owner, 'primary', previous, discovered.primary);
  if (primary.type === 'refuse') return primary;
  const choice = chooseSecondary(withoutRemoved(configuration, owner, previous, discovered.secondary));
  const secondary =
    configuration.standby === 'warm'
      ? decide(configuration, owner, 'secondary', previous, discovered.secondary, choice.live)
      : undefined;
  if (secondary?.type === 'refuse') return secondary;
  const declared = [primary.stream, ...(secondary ? [secondary.stream] : [])];
  const access = planAccess(configuration, owner);
  return {
    type: 'build',
    primary: primary.stream,
    secondary: secondary
      ? { type: 'declare', stream: secondary.stream, ...(choice.secondary && { instead: choice.secondary }) }
      : { type: 'report', ...(choice.secondary && { known: choice.secondary }) },
    ...(access && { access }),
    alarms: planAlarms(configuration, owner, declared),
    tags: configuration.tags,
    activeRegion: record.activeRegion ?? configuration.primaryRegion,
    untouched: new Set(declared.flatMap((stream) => untouched(stream, configuration, previous))),
    warnings: [
      ...record.warnings,
      ...primary.warnings,
      ...(secondary?.warnings ?? []),
      ...choice.warnings,
      ...shortcomings(configuration, choice),
    ],
  };
}

function untouched(plan: StreamPlan, configuration: Configuration, previous: PreviousState): string[] {
  const owned = ownedStream(configuration, previous, plan.role);
  return owned && plan.leaveAsIs && !plan.isAdopted ? [owned.ocid] : [];
}

/** A standby that is no longer wanted is still there while this is decided; it must not be named as one to use. */
function withoutRemoved(
  { standby }: Configuration,
  { stack }: Owner,
  { streams }: PreviousState,
  { named, remembered, ...rest }: DiscoveredStreams['secondary'],
): DiscoveredStreams['secondary'] {
  const isRemoved = (ocid: string): boolean =>
    standby === 'onDemand' &&
    streams.some((owned) => owned.ocid === ocid && stackOf(owned.freeformTags) === stack);
  return {
    ...rest,
    ...(named && {
      named:
        named.type === 'answered'
          ? { ...named, streams: named.streams.filter(({ ocid }) => !isRemoved(ocid)) }
          : named,
    }),
    ...(remembered && !isRemoved(remembered.ocid) && { remembered }),
  };
}

function decide(
  configuration: Configuration,
  owner: Owner,
  role: StreamRole,
  previous: PreviousState,
  seen: { readonly owned?: Look; readonly named?: Listing },
  chosen?: LiveStream,
): Decision {
  const plan = streamPlan(configuration, owner, role);
  const owned = ownedStream(configuration, previous, role);
  if (owned) return { type: 'stream', ...keepOwned(plan, owned, owner, seen.owned) };
  const streams = seen.named?.type === 'answered' ? inOrder(seen.named.streams) : [];
  const ours = streams.find(({ freeformTags }) => stackOf(freeformTags) === owner.stack);
  if (ours) return takeIn(plan, ours, configuration);
  const other = chosen ?? streams[0];
  if (other) {
    const theirs = stackOf(other.freeformTags);
    if (role === 'primary' || theirs !== undefined) return { type: 'refuse', because: taken(plan, other) };
    return {
      type: 'stream',
      stream: { ...plan, import: other.ocid, isAdopted: true, protect: false, leaveAsIs: true },
      warnings: [],
    };
  }
  const warnings =
    seen.named?.type === 'failed' && role === 'primary'
      ? [
          `${plan.region} did not say whether it has a stream called ${plan.name} already: ${seen.named.because}`,
        ]
      : [];
  return { type: 'stream', stream: plan, warnings };
}

function keepOwned(
  plan: StreamPlan,
  owned: OwnedStream,
  { stack }: Owner,
  look: Look | undefined,
): { readonly stream: StreamPlan; readonly warnings: readonly string[] } {
  const isAdopted = stackOf(owned.freeformTags) !== stack;
  const stream = { ...plan, isAdopted, ...(isAdopted && { protect: false, leaveAsIs: true }) };
  const what = plan.role === 'primary' ? 'primary' : 'warm standby';
  if (look?.type === 'gone') {
    const words = `The ${what} ${owned.ocid} is gone: it was deleted, or you may not see it. The outputs do not name it any more. Make another one with: pulumi refresh --yes && pulumi up`;
    return { stream: { ...stream, leaveAsIs: true, isGone: true }, warnings: [words] };
  }
  if (look === undefined || look.type === 'present') return { stream, warnings: [] };
  const waits = sameTags(plan.freeformTags, owned.freeformTags)
    ? []
    : [`The tags of ${owned.ocid} are left as they are until ${plan.region} can be asked again.`];
  const failed =
    look.type === 'failed'
      ? [`${plan.region} did not show the ${what}, so ${owned.ocid} is left as it is: ${look.because}`]
      : [];
  return { stream: { ...stream, leaveAsIs: true }, warnings: [...failed, ...(isAdopted ? [] : waits)] };
}

/** Made by this stack and not in its state: the answer to its creation was lost. */
function takeIn(plan: StreamPlan, live: LiveStream, configuration: Configuration): Decision {
  const differences = differencesFrom(live, plan.role, configuration);
  const found = `${plan.region} has ${live.ocid}, a stream called ${plan.name} with the tags of this stack, which is not in the state of the stack: the answer to its creation was lost, or another stack of the same name made it.`;
  if (differences.length > 0) {
    const because = `${found} It cannot be taken in as it is configured: ${differences.join(' and ')}. Set the configuration to what it has, or choose another name, or delete it. Nothing was changed.`;
    return { type: 'refuse', because };
  }
  return {
    type: 'stream',
    stream: { ...plan, import: live.ocid, leaveAsIs: true },
    warnings: [`${found} It is taken into this stack.`],
  };
}

function taken({ role, region, name }: StreamPlan, { ocid, freeformTags }: LiveStream): string {
  const stack = stackOf(freeformTags);
  const maker = stack === undefined ? 'this stack did not make it' : `the stack ${stack} made it`;
  const key = role === 'primary' ? 'streamName' : 'secondaryStreamName';
  return `${region} already has a stream called ${name} (${ocid}), and ${maker}. Nothing was changed. Choose another name: pulumi config set ${key} <name>${role === 'primary' ? `; or use that stream without Pulumi: --primary-stream-ocid ${ocid}` : ''}`;
}

const sameTags = (a: StreamPlan['freeformTags'], b: StreamPlan['freeformTags']): boolean => {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
};

/** The stream of a role as the configuration wants it. */
function streamPlan(configuration: Configuration, { stack, component }: Owner, role: StreamRole): StreamPlan {
  const { partitions, retentionInHours, protect } = configuration;
  const isPrimary = role === 'primary';
  const pool = isPrimary ? configuration.primaryPool : configuration.secondaryPool;
  const poolId = isPrimary ? configuration.streamPoolId : configuration.secondaryStreamPoolId;
  const given = poolId === undefined ? 'compartment' : 'given-pool';
  return {
    role,
    region: isPrimary ? configuration.primaryRegion : configuration.secondaryRegion,
    name: isPrimary ? configuration.streamName : configuration.secondaryStreamName,
    partitions,
    retentionInHours,
    place: pool
      ? { type: 'own-pool', pool: { name: nameInTenancy(stack, `${component}-${role}`), settings: pool } }
      : { type: given },
    freeformTags: { ...configuration.tags, ...stackTags(stack) },
    protect,
    isAdopted: false,
    leaveAsIs: false,
    isGone: false,
  };
}

/** What a failover to a secondary that is smaller than the primary would mean, in words. */
function shortcomings(configuration: Configuration, { live }: SecondaryChoice): string[] {
  if (!live || live.partitions >= configuration.partitions) return [];
  return [
    `The secondary ${live.ocid} has partitions = ${live.partitions}, the primary ${configuration.partitions}: after a failover it throttles sooner.`,
  ];
}

/** A policy has at least one statement. */
export function hasPrincipals({ producer, consumer, provisioner }: AccessConfiguration): boolean {
  return [producer, consumer, provisioner].some((principal) => principal !== undefined);
}

function planAccess(
  { access, primaryRegion }: Configuration,
  { stack, component }: Owner,
): AccessPlan | undefined {
  if (!hasPrincipals(access)) return undefined;
  const { homeRegion = primaryRegion } = access;
  return { name: nameInTenancy(stack, `${component}-access`), homeRegion, principals: access };
}

function planAlarms(
  { alarms }: Configuration,
  { stack, component }: Owner,
  streams: readonly StreamPlan[],
): AlarmsPlan[] {
  if (!alarms) return [];
  return streams.map(({ role, region, name }) => ({
    role,
    region,
    topicName: nameInTenancy(stack, `${component}-${role}`),
    ...(alarms.email !== undefined && { email: alarms.email }),
    alarms: streamAlarms(role, name, alarms.silenceMinutes),
  }));
}
