import type { Configuration } from './configuration.ts';
import type { LiveStream } from './discovered-streams.ts';
import { ownedStream, type OwnedPool, type OwnedStream, type PreviousState } from './previous-state.ts';
import { stackOf, type StreamRole } from './tags.ts';

/** What happens to a stream when a value changes that is fixed at its creation. */
type Effect =
  /** It is deleted, and another one is created. */
  | 'replaces'
  /** It is deleted. */
  | 'removes'
  /** It stays, with its messages, but has another address. */
  | 'moves'
  /** OCI does not delete a pool with streams, nor change a pool's private endpoint. */
  | 'cannot';

/** A value that is fixed at creation, and that the configuration changes. */
interface Difference {
  readonly key: string;
  readonly has: string;
  readonly wants: string;
  readonly effect: Effect;
  /** The command that restores the former value, and the value that is wanted now. */
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

/** What the update does to a stream, for people. */
interface ChangeWarning {
  readonly ocid: string;
  readonly words: string;
  /** False: it is not done while the stream is gone, or its region does not answer. */
  readonly inAnyCase: boolean;
}

/**
 * The rule for everything that OCI fixes when it creates a stream: region, name, partitions, retention, and, since
 * programs find it there, compartment and pool. With `protect`, a change of any of them is refused before anything is
 * done; without it, the update says what it deletes. It uses the state only, so it works in an outage too.
 *
 * @param unknown keys whose value is not known yet, as in a preview that would create the compartment too
 * @param stack its tag marks its own streams; adopted ones are never deleted
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
  // A move to another region whose last step failed, as in an outage: the new stream exists already.
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
  // For a stream that is removed and not replaced, the outputs of the last update count, which only an update can
  // change.
  const removed = losses.filter(({ differences }) => differences.some(isRemoval));
  if (removed.length > 0 && previous.lastOutputs.protect !== false) {
    return { type: 'refuse', because: refusal(losses, 'protect was true when the stack was last updated') };
  }
  return { type: 'go-on', warnings: [...left, ...losses.map(onPurpose)] };
}

/** A change of region creates a stream in the new region and then deletes the old one. */
const isRemoval = ({ key, effect }: Difference): boolean => effect === 'removes' || key.endsWith('Region');

/** The differences between a stream outside the stack and the one that the stack would create. */
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
    // A retention that is not known counts as unchanged.
    ...((retentionInHours ?? wanted.retentionInHours) === wanted.retentionInHours
      ? []
      : [change('retentionInHours', retentionInHours, wanted.retentionInHours, 'replaces')]),
  ];
}

/** With a pool, the pool's compartment counts; without one, the compartment's default pool. */
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
  // If no address is configured, the service chooses one.
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
    `The configuration changes what OCI fixes when it creates a stream, and ${because}. Nothing was changed.`,
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
    'If it is already deleted, update the state: pulumi refresh --yes',
  ].join('\n');
}

function impossibility(losses: readonly Loss[]): string {
  return [
    'OCI cannot make this change: it does not delete a pool with streams, and the private endpoint of a pool is fixed at its creation. Nothing was changed.',
    ...losses.map(({ stream, differences }) => `  ${stream.name} (${stream.ocid}) ${listed(differences)}.`),
    'To keep the stream as it is, restore the value. To move it with its messages, remove primaryPool (secondaryPool) and name another pool:',
    '  pulumi config set streamPoolId <OCID of the pool> (secondaryStreamPoolId)',
  ].join('\n');
}

/** An adopted stream is used as it is; a change of name or region means another stream. */
function leftBehind({ stream, differences }: Loss): ChangeWarning[] {
  const changes = differences.filter(
    (difference) => isRemoval(difference) || difference.key.endsWith('StreamName'),
  );
  if (changes.length === 0) return [];
  const words = `${stream.name} (${stream.ocid}) ${listed(changes)}. This stack did not create it: it stays where it is, with its messages, and is no longer part of the stack.`;
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
    return `${says('delete', 'deletes')} ${ocid} with every message in it; the runtime creates another one when it is needed.`;
  }
  if (effects.includes('replaces')) {
    return `${says('delete', 'deletes')} ${ocid} with every message in it, and ${mode === 'would' ? 'create' : 'creates'} an empty one.`;
  }
  return `${says('move', 'moves')} ${ocid}: its messages stay, but programs, policies and alarms that use its present place no longer find it.`;
}
