import * as v from 'valibot';
import { compartmentProblem, ocidParts } from './ocid.ts';
import { mistypedFor } from './regions.ts';

// All keys of the stack. The `config:` of Pulumi.yaml, Pulumi.dev.yaml and the arguments of HaStream follow from the
// two tables below (test/infra/project-files.test.ts compares them). A message is a predicate after `<key> = <value>`.

const compartment = v.pipe(
  v.string('is not a text; give the OCID of a compartment'),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? compartmentProblem(dataset.value) : undefined;
    if (problem !== undefined) addIssue({ message: problem });
  }),
);

/** `sa-saopaulo-1`, `uk-gov-london-1`; not the key `gru`. Also one that the SDK does not know, unless it looks mistyped. */
const regionMessage = 'is not a region identifier; allowed is one like sa-saopaulo-1 (oci iam region list)';
const region = v.pipe(
  v.string(regionMessage),
  v.regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, regionMessage),
  v.rawCheck(({ dataset, addIssue }) => {
    const nearest = dataset.typed && dataset.issues === undefined ? mistypedFor(dataset.value) : undefined;
    if (nearest === undefined) return;
    addIssue({
      message: `is no known region; did you mean ${nearest}? (one that is new, or your own: describe it in ~/.oci/regions-config.json)`,
    });
  }),
);

/** The service documents no maximum; 249 characters of this alphabet are the limit of a Kafka topic. */
const streamNameMessage =
  'is not a stream name; allowed are 1 to 249 letters, digits, dots, underscores and hyphens';
const streamName = v.pipe(v.string(streamNameMessage), v.regex(/^[A-Za-z0-9._-]{1,249}$/, streamNameMessage));

function wholeNumber(from: number, to: number, unit: string) {
  const message = `is not allowed; give a whole number of ${unit} from ${from} to ${to}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(from, message), v.maxValue(to, message));
}

/** To valibot a list is an object too. */
function noList<T extends v.GenericSchema>(schema: T, message: string) {
  return v.pipe(
    v.custom<v.InferInput<T>>((given) => !Array.isArray(given), message),
    schema,
  );
}

/** An empty text counts as absent, because Pulumi.yaml must give every key a default. */
const absentWhenEmpty = <T extends v.GenericSchema<string, string>>(schema: T) =>
  v.union(
    [
      v.pipe(
        v.literal(''),
        v.transform(() => undefined),
      ),
      schema,
    ],
    // A union of texts reports the issue of its last member.
    (issue) => v.safeParse(schema, issue.input).issues?.[0].message ?? '',
  );

const ocid = (kind: string, what: string, form: string) => {
  const message = `is not the OCID of ${what}; allowed is ${form}`;
  return v.pipe(
    v.string(message),
    v.check((text) => ocidParts(text)?.kind === kind, message),
  );
};

const streamPool = absentWhenEmpty(
  ocid('streampool', 'a stream pool', 'ocid1.streampool.<realm>.<region>.<unique part>'),
);

const poolMessage = 'is not allowed; give any of kmsKeyId, subnetId, nsgIds, privateEndpointIp';
const nsgMessage = 'is not allowed; give a list of OCIDs of network security groups';
const networkSecurityGroups = v.pipe(
  v.array(
    ocid('networksecuritygroup', 'a network security group', 'ocid1.networksecuritygroup.…'),
    nsgMessage,
  ),
  v.minLength(1, nsgMessage),
);
const pool = noList(
  v.pipe(
    v.strictObject(
      {
        /** Encrypts the messages with your own key. Valid for the pool's region only. */
        kmsKeyId: v.optional(ocid('key', 'a key of a vault', 'ocid1.key.<realm>.<region>.…')),
        /** The streams can then be reached from this subnet only. */
        subnetId: v.optional(ocid('subnet', 'a subnet', 'ocid1.subnet.<realm>.<region>.…')),
        nsgIds: v.optional(networkSecurityGroups),
        privateEndpointIp: v.optional(
          v.pipe(v.string('is not an IPv4 address'), v.ipv4('is not an IPv4 address')),
        ),
      },
      poolMessage,
    ),
    v.forward(
      v.partialCheck(
        [['subnetId'], ['nsgIds'], ['privateEndpointIp']],
        ({ subnetId, nsgIds, privateEndpointIp }) =>
          subnetId !== undefined || (nsgIds === undefined && privateEndpointIp === undefined),
        'is missing; nsgIds and privateEndpointIp belong to a private endpoint, which needs its subnet',
      ),
      ['subnetId'],
    ),
    v.transform((given) => (Object.keys(given).length === 0 ? undefined : given)),
  ),
  poolMessage,
);

/**
 * OCI allows 10 free-form tags per resource, keys of 100 and values of 256 characters. Two of the tags are ours
 * (tags.ts).
 */
const tagsMessage =
  'is not allowed; give at most 8 pairs of texts, keys of 1 to 100 and values of at most 256 characters: pulumi config set --path tags.team payments --type string';
const ownTagMessage = 'is a tag that the stack itself sets; give it another name';
const tags = noList(
  v.pipe(
    v.record(
      v.pipe(
        v.string(),
        v.regex(/^.{1,100}$/, tagsMessage),
        v.check((key) => key !== 'created-by' && key !== 'pulumi-stack', ownTagMessage),
      ),
      v.pipe(v.string(tagsMessage), v.maxLength(256, tagsMessage)),
      tagsMessage,
    ),
    v.maxEntries(8, tagsMessage),
  ),
  tagsMessage,
);

/**
 * The name of a group in an identity domain is `domain/group`. The allowed characters cannot change the meaning of a
 * policy.
 */
const principalMessage =
  'is not allowed; give { group: name } or { dynamicGroup: name }, the name being letters, digits and . _ + @ - (with its identity domain: domain/name)';
const principalName = v.pipe(
  v.string(principalMessage),
  v.regex(/^([A-Za-z0-9._+@-]{1,100}\/)?[A-Za-z0-9._+@-]{1,100}$/, principalMessage),
);
const principal = v.union(
  [v.strictObject({ group: principalName }), v.strictObject({ dynamicGroup: principalName })],
  principalMessage,
);
const accessMessage = 'is not allowed; give any of producer, consumer, provisioner, homeRegion';
const access = noList(
  v.strictObject(
    {
      producer: v.optional(principal),
      consumer: v.optional(principal),
      provisioner: v.optional(principal),
      /** IAM can only be changed in the tenancy's home region. Default: the primary region. */
      homeRegion: v.optional(region),
    },
    accessMessage,
  ),
  accessMessage,
);

const enabledMessage = 'is not allowed; give true or false';
const alarmsMessage = 'is not allowed; give any of enabled, email, silenceMinutes';
const alarms = noList(
  v.pipe(
    v.strictObject(
      {
        /** Default: true when any other key of `alarms` is given. */
        enabled: v.optional(v.boolean(enabledMessage), true),
        /** This address is subscribed to the topic; OCI asks it for confirmation first. */
        email: v.optional(v.pipe(v.string('is not an e-mail address'), v.email('is not an e-mail address'))),
        /** After so many minutes without a stored message the primary counts as silent. */
        silenceMinutes: v.optional(wholeNumber(5, 1440, 'minutes'), 15),
      },
      alarmsMessage,
    ),
    v.transform(({ enabled, ...rest }) => (enabled ? rest : undefined)),
  ),
  alarmsMessage,
);

const standbyMessage = 'is not allowed; give onDemand or warm';
const standby = v.picklist(['onDemand', 'warm'], standbyMessage);

/** Every key, its default and its allowed values. */
const entries = {
  compartmentId: v.optional(compartment, ''),
  primaryRegion: v.optional(region, 'sa-saopaulo-1'),
  secondaryRegion: v.optional(region, 'sa-vinhedo-1'),
  streamName: v.optional(streamName, 'OCI-PRIMARY-STREAM'),
  secondaryStreamName: v.optional(streamName, 'OCI-SECONDARY-STREAM'),
  partitions: v.optional(wholeNumber(1, 1000, 'partitions'), 1),
  retentionInHours: v.optional(wholeNumber(24, 168, 'hours'), 24),
  standby: v.optional(standby, 'onDemand'),
  protect: v.optional(v.boolean(enabledMessage), true),
  streamPoolId: v.optional(streamPool, ''),
  secondaryStreamPoolId: v.optional(streamPool, ''),
  primaryPool: v.optional(pool, {}),
  secondaryPool: v.optional(pool, {}),
  tags: v.optional(tags, {}),
  access: v.optional(access, {}),
  alarms: v.optional(alarms, { enabled: false }),
};

export type ConfigurationKey = keyof typeof entries;

/** The type of a key in Pulumi.yaml. */
type PulumiType = 'string' | 'integer' | 'boolean' | 'object';

/** Type and description of each key in Pulumi.yaml. */
export const descriptions: Readonly<Record<ConfigurationKey, readonly [PulumiType, string]>> = {
  compartmentId: [
    'string',
    'OCID of the compartment that holds the streams, and the policies and alarms when asked for. You must set it.',
  ],
  primaryRegion: ['string', 'Region of the primary stream. Fixed when the stream is made.'],
  secondaryRegion: ['string', 'Region of the secondary stream. Fixed when the stream is made.'],
  streamName: ['string', 'Name of the primary stream. Fixed when the stream is made.'],
  secondaryStreamName: [
    'string',
    'Name of the secondary stream, which the runtime looks for. Fixed when the stream is made.',
  ],
  partitions: [
    'integer',
    'Partitions of each stream that the stack makes, 1 to 1000; each takes 1 MB/s of writes. Fixed when the stream is made.',
  ],
  retentionInHours: [
    'integer',
    'Hours that a message is kept, read or not, 24 to 168. Fixed when the stream is made.',
  ],
  standby: [
    'string',
    'onDemand: the runtime makes the secondary when it is needed. warm: this stack makes it now.',
  ],
  protect: [
    'boolean',
    'Refuses whatever would delete, replace or move a stream of the stack, and its destroy.',
  ],
  streamPoolId: [
    'string',
    'OCID of a pool that exists for the primary; empty: the default pool of the compartment.',
  ],
  secondaryStreamPoolId: [
    'string',
    'The same for a warm secondary; pools are regional. One that the runtime makes is in the default pool.',
  ],
  primaryPool: [
    'object',
    'A pool that the stack makes for the primary: kmsKeyId (your key), subnetId, nsgIds, privateEndpointIp (private endpoint).',
  ],
  secondaryPool: ['object', 'The same for a warm secondary.'],
  tags: ['object', 'Free-form tags of everything that the stack makes, at most 8: { team: payments }'],
  access: [
    'object',
    'Least-privilege policies: producer, consumer, provisioner, each { group: name } or { dynamicGroup: name }; homeRegion of the tenancy.',
  ],
  alarms: [
    'object',
    'Alarms on throttling and silence, by mail: { email: ops@example.com, silenceMinutes: 15 }; { enabled: false } for none.',
  ],
};

export const configurationSchema = v.pipe(
  v.object(entries),
  v.forward(
    v.partialCheck(
      [['primaryRegion'], ['secondaryRegion']],
      ({ primaryRegion, secondaryRegion }) => primaryRegion !== secondaryRegion,
      'is the primary region too; give another region, or nothing is gained when that one fails',
    ),
    ['secondaryRegion'],
  ),
  v.forward(
    v.partialCheck(
      [['streamPoolId'], ['primaryPool']],
      ({ streamPoolId, primaryPool }) => streamPoolId === undefined || primaryPool === undefined,
      'is set beside primaryPool; give one of the two',
    ),
    ['streamPoolId'],
  ),
  v.forward(
    v.partialCheck(
      [['secondaryStreamPoolId'], ['secondaryPool']],
      ({ secondaryStreamPoolId, secondaryPool }) =>
        secondaryStreamPoolId === undefined || secondaryPool === undefined,
      'is set beside secondaryPool; give one of the two',
    ),
    ['secondaryStreamPoolId'],
  ),
  v.forward(
    v.partialCheck(
      [['streamPoolId'], ['primaryRegion']],
      ({ streamPoolId, primaryRegion }) => isIn(primaryRegion, streamPoolId),
      'is a pool of another region than primaryRegion; a stream can only be in a pool of its own region',
    ),
    ['streamPoolId'],
  ),
  v.forward(
    v.partialCheck(
      [['secondaryStreamPoolId'], ['secondaryRegion']],
      ({ secondaryStreamPoolId, secondaryRegion }) => isIn(secondaryRegion, secondaryStreamPoolId),
      'is a pool of another region than secondaryRegion; a stream can only be in a pool of its own region',
    ),
    ['secondaryStreamPoolId'],
  ),
);

/**
 * OCIDs in Ashburn and Phoenix have a key (`iad`, `phx`) instead of the region's identifier, which cannot be compared
 * here.
 */
function isIn(region: string, poolOcid: string | undefined): boolean {
  const itsRegion = poolOcid === undefined ? '' : (ocidParts(poolOcid)?.region ?? '');
  return !itsRegion.includes('-') || itsRegion === region;
}

/** The stack's configuration, validated, with defaults filled in. */
export type Configuration = v.InferOutput<typeof configurationSchema>;

/** The arguments: every key but the compartment is optional. */
export type GivenConfiguration = v.InferInput<typeof configurationSchema>;

/** The value of `access`. */
export type AccessConfiguration = Configuration['access'];

export const configurationKeys = Object.keys(entries) as ConfigurationKey[];

export interface KeyDescription {
  readonly type: PulumiType;
  readonly default: unknown;
  readonly description: string;
}

/** A key with what Pulumi.yaml must say about it. */
export function describeKey(key: ConfigurationKey): KeyDescription {
  const [type, description] = descriptions[key];
  return { type, default: v.getDefault(entries[key]), description };
}
