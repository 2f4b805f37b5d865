import type { Configuration } from './configuration.ts';
import { ownedStream, type LiveStream } from './discovered-streams.ts';
import type { OwnedPool, OwnedStream, PreviousState } from './previous-state.ts';
import { stackOf, type StreamRole } from './tags.ts';

/** What becomes of a stream when a value changes that it was made with. */
type Effect =
  /** Another one is made in its place, and it is deleted. */
  | 'replaces'
  /** It is deleted, and the stack makes no other. */
  | 'removes'
  /** It stays, with its messages, but is found elsewhere. */
  | 'moves'
  /** OCI deletes no pool that has a stream in it, and a pool's private endpoint is fixed. */
  | 'cannot';

/** A value that OCI fixes when it makes a stream, and that the configuration now wants otherwise. */
interface Difference {
  readonly key: string;
  readonly has: string;
  readonly wants: string;
  readonly effect: Effect;
  /** What to type to have the value as it was, and as it is now wanted. */
  readonly keep: string;
  readonly want: string;
}

interface Loss {
  readonly stream: OwnedStream;
  readonly differences: readonly Difference[];
}

export type FixedAtCreation =
  | { readonly type: 'refuse'; readonly because: string }
  | { readonly type: 'go-on'; readonly warnings: readonly ChangeWarning[] };

/** What the update does to a stream, in words. */
interface ChangeWarning {
  readonly ocid: string;
  readonly words: string;
  /** False: it is not done while the stream is gone, or its region does not show it. */
  readonly inAnyCase: boolean;
}

/**
 * The one rule for everything that OCI fixes when it makes a stream: region, name, partitions, retention, and, because
 * programs find it there, compartment and pool. Under `protect` a change of any is refused before anything is done; without
 * it the update says what it deletes. Decided from the state alone, so that it holds in an outage too.
 *
 * @param unknown keys whose value is not known yet: in a preview that would also make the compartment
 * @param stack its tag tells its own streams from those that it adopted; adopted ones are never deleted
 */
export function checkFixedAtCreation(
  configuration: Configuration,
  previous: PreviousState,
  stack: string,
  unknown: ReadonlySet<string> = new Set(),
): FixedAtCreation {
  const changed = previous.streams
    .map((stream) => ({ stream, differences: differencesOf(stream, configuration, previous, unknown) }))
    .filter(({ differences }) => differences.length > 0);
  const isOwn = ({ stream }: Loss): boolean => stackOf(stream.freeformTags) === stack;
  // A move to another region whose last step failed, as it does in an outage: the new stream is there already.
  const isLeftover = ({ stream }: Loss): boolean => {
    const current = ownedStream(configuration, previous, stream.role);
    return current !== undefined && current !== stream && differsInRegion(stream, configuration);
  };
  const losses = changed.filter((change) => isOwn(change) && !isLeftover(change));
  const left = [
    ...changed.filter((change) => !isOwn(change)).flatMap(leftBehind),
    ...changed.filter((change) => isOwn(change) && isLeftover(change)).map(leftover),
  ];
  if (losses.length === 0) return { type: 'go-on', warnings: left };
  const impossible = losses.filter(({ differences }) =>
    differences.some(({ effect }) => effect === 'cannot'),
  );
  if (impossible.length > 0) return { type: 'refuse', because: impossibility(impossible) };
  if (configuration.protect) return { type: 'refuse', because: refusal(losses, 'protect is true') };
  // A stream that is removed, not replaced, is judged by what the last update said, and only an update can change that.
  const removed = losses.filter(({ differences }) => differences.some(isRemoval));
  if (removed.length > 0 && previous.told.protect !== false) {
    return { type: 'refuse', because: refusal(losses, 'protect was true when the stack was last updated') };
  }
  return { type: 'go-on', warnings: [...left, ...losses.map(onPurpose)] };
}

/** A change of region makes a new stream beside the old one, which is then removed. */
const isRemoval = ({ key, effect }: Difference): boolean => effect === 'removes' || key.endsWith('Region');

/** The differences between a stream that lives outside the stack and one that the stack would make in its place. */
export function differencesFrom(
  live: LiveStream,
  role: StreamRole,
  configuration: Pick<Configuration, 'partitions' | 'retentionInHours'>,
): string[] {
  const stream = { ...live, role, region: '' };
  return ownValues(stream, configuration).map(({ key, has, wants }) => `${key} is ${has}, not ${wants}`);
}

function differencesOf(
  stream: OwnedStream,
  configuration: Configuration,
  previous: PreviousState,
  unknown: ReadonlySet<string>,
): Difference[] {
  const isPrimary = stream.role === 'primary';
  if (!isPrimary && configuration.standby === 'onDemand')
    return [change('standby', 'warm', 'onDemand', 'removes')];
  const region = isPrimary ? configuration.primaryRegion : configuration.secondaryRegion;
  const regionKey = isPrimary ? 'primaryRegion' : 'secondaryRegion';
  if (stream.region !== '' && stream.region !== region)
    return [change(regionKey, stream.region, region, 'replaces')];
  const name = isPrimary ? configuration.streamName : configuration.secondaryStreamName;
  const nameKey = isPrimary ? 'streamName' : 'secondaryStreamName';
  return [
    ...(stream.name === name ? [] : [change(nameKey, stream.name, name, 'replaces')]),
    ...ownValues(stream, configuration),
    ...placeDifferences(stream, configuration, previous.pools),
  ].filter(({ key }) => !unknown.has(key));
}

function ownValues(
  { partitions, retentionInHours }: OwnedStream,
  wanted: Pick<Configuration, 'partitions' | 'retentionInHours'>,
): Difference[] {
  return [
    ...(partitions === wanted.partitions
      ? []
      : [change('partitions', partitions, wanted.partitions, 'replaces')]),
    // One that was not seen counts as unchanged.
    ...((retentionInHours ?? wanted.retentionInHours) === wanted.retentionInHours
      ? []
      : [change('retentionInHours', retentionInHours, wanted.retentionInHours, 'replaces')]),
  ];
}

/** A pool decides the compartment; without one, the compartment's default pool is it. */
function placeDifferences(
  stream: OwnedStream,
  configuration: Configuration,
  pools: readonly OwnedPool[],
): Difference[] {
  const isPrimary = stream.role === 'primary';
  const [poolId, pool] = isPrimary
    ? [configuration.streamPoolId, configuration.primaryPool]
    : [configuration.secondaryStreamPoolId, configuration.secondaryPool];
  const poolIdKey = isPrimary ? 'streamPoolId' : 'secondaryStreamPoolId';
  const poolKey = isPrimary ? 'primaryPool' : 'secondaryPool';
  const own = pools.find(({ ocid }) => ocid === stream.streamPoolId);
  if (own && !pool) {
    return [
      {
        key: poolKey,
        has: `its own pool ${own.ocid}`,
        wants: poolId ?? 'none',
        effect: poolId === undefined ? 'cannot' : 'moves',
        keep: `put ${poolKey} back as it was`,
        want: poolId === undefined ? `pulumi config rm ${poolKey}` : setCommand(poolIdKey, poolId),
      },
    ];
  }
  if (pool && !own) {
    return [
      {
        key: poolKey,
        has: stream.streamPoolId,
        wants: 'a pool of its own',
        effect: 'moves',
        keep: `pulumi config rm ${poolKey}`,
        want: `put ${poolKey} back as it is now`,
      },
    ];
  }
  if (pool && own) return endpointDifferences(poolKey, own, pool);
  if (poolId !== undefined) {
    const isThere = stream.streamPoolId === poolId;
    return isThere ? [] : [change(poolIdKey, stream.streamPoolId, poolId, 'moves')];
  }
  const { compartmentId } = configuration;
  const isThere = stream.compartmentId === compartmentId;
  return isThere ? [] : [change('compartmentId', stream.compartmentId, compartmentId, 'moves')];
}

function endpointDifferences(
  poolKey: string,
  own: OwnedPool,
  wanted: NonNullable<Configuration['primaryPool']>,
): Difference[] {
  const groups = (ids: readonly string[] = []): string => [...ids].sort().join(',');
  // An address that was not asked for is the service's to choose.
  const wantedIp = wanted.privateEndpointIp ?? own.privateEndpointIp;
  const pairs: [string, string | undefined, string | undefined][] = [
    ['subnetId', own.subnetId, wanted.subnetId],
    ['nsgIds', groups(own.nsgIds), groups(wanted.nsgIds)],
    [
      'privateEndpointIp',
      own.privateEndpointIp,
      wanted.subnetId === undefined ? own.privateEndpointIp : wantedIp,
    ],
  ];
  return pairs
    .filter(([, has, wants]) => has !== wants)
    .map(([member, has = '', wants = '']) => ({
      key: `${poolKey}.${member}`,
      has: has || 'none',
      wants: wants || 'none',
      effect: 'cannot',
      keep: `put ${poolKey}.${member} back as it was`,
      want: `put ${poolKey}.${member} back as it is now`,
    }));
}

function change(
  key: string,
  has: string | number | undefined,
  wants: string | number,
  effect: Effect,
): Difference {
  const [before, after] = [String(has), String(wants)];
  return {
    key,
    has: before,
    wants: after,
    effect,
    keep: setCommand(key, before),
    want: setCommand(key, after),
  };
}

const setCommand = (key: string, value: string): string => `pulumi config set ${key} ${value}`;

function refusal(losses: readonly Loss[], because: string): string {
  const differences = losses.flatMap((loss) => loss.differences);
  const commands = (which: 'keep' | 'want') =>
    [...new Set(differences.map((difference) => difference[which]))].join(' && ');
  return [
    `The configuration asks for what OCI fixes when it makes a stream, and ${because}. Nothing was changed.`,
    ...losses.flatMap(({ stream, differences }) => [
      `  ${stream.name} (${stream.ocid}) ${listed(differences)}. ${consequence(stream, differences, 'would')}`,
    ]),
    `To keep ${losses.length === 1 ? 'it' : 'them'} as ${losses.length === 1 ? 'it is' : 'they are'}:`,
    `  ${commands('keep')}`,
    'To do it on purpose, let the consumers read to the end first. Then, one after the other:',
    `  ${commands('keep')}`,
    '  pulumi config set protect false && pulumi up',
    `  ${commands('want')} && pulumi up`,
    '  pulumi config set protect true && pulumi up',
    'If it is gone already, let the stack see that: pulumi refresh --yes',
  ].join('\n');
}

function impossibility(losses: readonly Loss[]): string {
  return [
    'The configuration asks for what OCI does not do: it deletes no pool that has a stream in it, and the private endpoint of a pool is fixed when it is made. Nothing was changed.',
    ...losses.map(({ stream, differences }) => `  ${stream.name} (${stream.ocid}) ${listed(differences)}.`),
    'To keep it as it is, put the value back. To move the stream with its messages, take primaryPool (secondaryPool) away and name another pool in its place:',
    '  pulumi config set streamPoolId <OCID of the pool> (secondaryStreamPoolId)',
  ].join('\n');
}

/** A stream that somebody else made is taken as it is; another name or region is another stream. */
function leftBehind({ stream, differences }: Loss): ChangeWarning[] {
  const changes = differences.filter(
    (difference) => isRemoval(difference) || difference.key.endsWith('StreamName'),
  );
  if (changes.length === 0) return [];
  const words = `${stream.name} (${stream.ocid}) ${listed(changes)}. This stack did not make it: it stays where it is, with its messages, and is no longer part of the stack.`;
  return [{ ocid: stream.ocid, words, inAnyCase: true }];
}

function leftover({ stream: { name, ocid, region } }: Loss): ChangeWarning {
  const words = `${name} (${ocid}) in ${region} is left over from an update that could not delete it. This update deletes it with every message in it.`;
  return { ocid, words, inAnyCase: true };
}

function differsInRegion({ role, region }: OwnedStream, wanted: Configuration): boolean {
  return region !== '' && region !== (role === 'primary' ? wanted.primaryRegion : wanted.secondaryRegion);
}

function onPurpose({ stream, differences }: Loss): ChangeWarning {
  const words = `${stream.name} (${stream.ocid}) ${listed(differences)}. ${consequence(stream, differences, 'does')}`;
  return { ocid: stream.ocid, words, inAnyCase: differences.some(isRemoval) };
}

const listed = (differences: readonly Difference[]): string =>
  `has ${differences.map(({ key, has }) => `${key} = ${has}`).join(', ')}; the configuration asks for ${differences.map(({ wants }) => wants).join(', ')}`;

function consequence(
  { ocid }: OwnedStream,
  differences: readonly Difference[],
  mode: 'would' | 'does',
): string {
  const says = (would: string, does: string) =>
    mode === 'would' ? `This would ${would}` : `This update ${does}`;
  const effects = differences.map(({ effect }) => effect);
  if (effects.includes('removes')) {
    return `${says('delete', 'deletes')} ${ocid} with every message in it; the runtime makes another one when it is needed.`;
  }
  if (effects.includes('replaces')) {
    return `${says('delete', 'deletes')} ${ocid} with every message in it, and ${mode === 'would' ? 'make' : 'makes'} an empty one.`;
  }
  return `${says('move', 'moves')} ${ocid}: its messages stay, but programs, policies and alarms that look for it where it is now lose it.`;
}
