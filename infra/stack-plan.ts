import { hasPrincipals } from './access-statements.ts';
import type { AccessConfiguration, Configuration } from './configuration.ts';
import {
  chooseSecondary,
  inOrder,
  type DiscoveredStreams,
  type Listing,
  type LiveStream,
  type StreamLookup,
  type SecondaryChoice,
} from './discovered-streams.ts';
import { differencesFrom } from './fixed-at-creation.ts';
import { ownedStream, type OwnedStream, type PreviousState } from './previous-state.ts';
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
  /** OCI accepts one of the three. */
  readonly place:
    | { readonly type: 'compartment' }
    | { readonly type: 'given-pool' }
    | { readonly type: 'own-pool'; readonly pool: PoolPlan };
  readonly freeformTags: Readonly<{ [key: string]: string }>;
  readonly protect: boolean;
  /** The OCID of a stream that exists and is not in the state: it is imported. */
  readonly import?: string;
  /** It was not created by this stack, so it stays unchanged when the stack no longer has it. */
  readonly isAdopted: boolean;
  /** It is not changed: it is adopted, or its region does not answer. */
  readonly leaveAsIs: boolean;
  /** It is in the state, but no longer in its region. */
  readonly isGone: boolean;
}

/** The secondary in the outputs. */
type SecondaryPlan =
  /** A stream of the stack. `instead`: what the outputs name if it is gone. */
  | { readonly type: 'declare'; readonly stream: StreamPlan; readonly instead?: SecondaryChoice['secondary'] }
  /** A stream that the runtime created. */
  | { readonly type: 'report'; readonly known?: SecondaryChoice['secondary'] };

export interface AccessPlan {
  readonly name: string;
  readonly homeRegion: string;
  readonly principals: AccessConfiguration;
}

/** A topic with its alarms. An alarm can only notify a topic of its own region. */
export interface AlarmsPlan {
  readonly role: StreamRole;
  readonly region: string;
  readonly topicName: string;
  readonly email?: string;
  readonly alarms: readonly AlarmPlan[];
}

export type StackPlan =
  | { readonly type: 'refuse'; readonly because: string }
  | {
      readonly type: 'build';
      readonly primary: StreamPlan;
      readonly secondary: SecondaryPlan;
      readonly access?: AccessPlan;
      readonly alarms: readonly AlarmsPlan[];
      readonly tags: Readonly<{ [key: string]: string }>;
      readonly activeRegion: string;
      /** Streams in the state that this update does not change: they are gone, or their region does not answer. */
      readonly untouched: ReadonlySet<string>;
      readonly warnings: readonly string[];
    };

/** The stack and the component; the names of the resources follow from both. */
export interface Owner {
  /** `project/stack` */
  readonly stack: string;
  /** The name of the HaStream. */
  readonly component: string;
}

/** The declaration of a stream, or the reason why the update is refused. */
type Decision =
  | { readonly type: 'stream'; readonly stream: StreamPlan; readonly warnings: readonly string[] }
  | { readonly type: 'refuse'; readonly because: string };

/** The resources, outputs and warnings of an update, decided from plain values. */
export function planStack(
  configuration: Configuration,
  owner: Owner,
  record: RuntimeRecord,
  previous: PreviousState,
  discovered: DiscoveredStreams,
): StackPlan {
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

/** A standby that this update deletes still exists now, but must not be named as the secondary. */
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
  seen: { readonly owned?: StreamLookup; readonly named?: Listing },
  chosen?: LiveStream,
): Decision {
  const plan = streamPlan(configuration, owner, role);
  const owned = ownedStream(configuration, previous, role);
  if (owned) return { type: 'stream', ...keepOwned(plan, owned, owner, seen.owned) };
  const streams = seen.named?.type === 'answered' ? inOrder(seen.named.streams) : [];
  const ours = streams.find(({ freeformTags }) => stackOf(freeformTags) === owner.stack);
  if (ours) return importOwn(plan, ours, configuration);
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
      ? [`${plan.region} did not answer whether a stream called ${plan.name} exists: ${seen.named.because}`]
      : [];
  return { type: 'stream', stream: plan, warnings };
}

function keepOwned(
  plan: StreamPlan,
  owned: OwnedStream,
  { stack }: Owner,
  look: StreamLookup | undefined,
): { readonly stream: StreamPlan; readonly warnings: readonly string[] } {
  const isAdopted = stackOf(owned.freeformTags) !== stack;
  const stream = { ...plan, isAdopted, ...(isAdopted && { protect: false, leaveAsIs: true }) };
  const what = plan.role === 'primary' ? 'primary' : 'warm standby';
  if (look?.type === 'gone') {
    const words = `The ${what} ${owned.ocid} is gone: it was deleted, or this user may not see it. The outputs no longer name it. Create another one with: pulumi refresh --yes && pulumi up`;
    return { stream: { ...stream, leaveAsIs: true, isGone: true }, warnings: [words] };
  }
  if (look === undefined || look.type === 'present') return { stream, warnings: [] };
  const waits = sameTags(plan.freeformTags, owned.freeformTags)
    ? []
    : [`The tags of ${owned.ocid} stay as they are until ${plan.region} answers again.`];
  const failed =
    look.type === 'failed'
      ? [`${plan.region} did not describe the ${what}, so ${owned.ocid} is not changed: ${look.because}`]
      : [];
  return { stream: { ...stream, leaveAsIs: true }, warnings: [...failed, ...(isAdopted ? [] : waits)] };
}

/** Imports a stream of this stack that is not in its state, because the answer to its creation was lost. */
function importOwn(plan: StreamPlan, live: LiveStream, configuration: Configuration): Decision {
  const differences = differencesFrom(live, plan.role, configuration);
  const found = `${plan.region} has ${live.ocid}, a stream called ${plan.name} with the tags of this stack, which is not in the state of the stack: the answer to its creation was lost, or another stack of the same name created it.`;
  if (differences.length > 0) {
    const because = `${found} It cannot be imported, because it differs from the configuration: ${differences.join(' and ')}. Change the configuration, or choose another name, or delete the stream. Nothing was changed.`;
    return { type: 'refuse', because };
  }
  return {
    type: 'stream',
    stream: { ...plan, import: live.ocid, leaveAsIs: true },
    warnings: [`${found} It is imported into this stack.`],
  };
}

function taken({ role, region, name }: StreamPlan, { ocid, freeformTags }: LiveStream): string {
  const stack = stackOf(freeformTags);
  const maker = stack === undefined ? 'this stack did not create it' : `the stack ${stack} created it`;
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

/** The disadvantage of a secondary that is smaller than the primary, for people. */
function shortcomings(configuration: Configuration, { live }: SecondaryChoice): string[] {
  if (!live || live.partitions >= configuration.partitions) return [];
  return [
    `The secondary ${live.ocid} has partitions = ${live.partitions}, the primary ${configuration.partitions}: after a failover it throttles sooner.`,
  ];
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
