import * as v from 'valibot';
import { compartmentProblem } from './compartment.ts';
import { ocidParts } from './ocid.ts';

// Pulumi hands every value over as text, structured ones as JSON. A message ends the sentence `<key> is <value>, which …`.

const compartment = v.pipe(
  v.optional(v.string(), ''),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? compartmentProblem(dataset.value) : undefined;
    if (problem !== undefined) addIssue({ message: problem });
  }),
);

/** `sa-saopaulo-1`, `uk-gov-london-1`; not the key `gru`. New regions appear without a new SDK, so there is no list. */
const regionForm = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
const regionMessage = 'is not a region identifier; allowed is one like sa-saopaulo-1 (oci iam region list)';
const region = (fallback: string) =>
  v.pipe(v.optional(v.string(), fallback), v.regex(regionForm, regionMessage));

/** The service documents no lengths; 249 characters of this alphabet are what its Kafka side takes as a topic. */
const streamName = (fallback: string) =>
  v.pipe(
    v.optional(v.string(), fallback),
    v.regex(
      /^[A-Za-z0-9._-]{1,249}$/,
      'is not a stream name; allowed are 1 to 249 letters, digits, dots, underscores and hyphens',
    ),
  );

const wholeNumber = (from: number, to: number, unit: string, fallback: number) => {
  const message = `is not allowed; give a whole number of ${unit} from ${from} to ${to}`;
  return v.pipe(
    v.optional(v.string(), String(fallback)),
    v.regex(/^\d{1,9}$/, message),
    v.transform(Number),
    v.minValue(from, message),
    v.maxValue(to, message),
  );
};

const trueOrFalse = (fallback: 'true' | 'false') =>
  v.pipe(
    v.optional(v.string(), fallback),
    v.picklist(['true', 'false'], 'is not allowed; give true or false'),
    v.transform((text) => text === 'true'),
  );

const streamPool = v.optional(
  v.pipe(
    v.string(),
    v.check(
      (text) => ocidParts(text)?.kind === 'streampool',
      'is not the OCID of a stream pool; allowed is ocid1.streampool.<realm>.<region>.<unique part>',
    ),
  ),
);

/** OCI takes 10 free-form tags a resource, keys to 100 and values to 256 characters; two are ours (marks.ts). */
const tagsMessage =
  'is not allowed; give at most 8 pairs of texts, keys of 1 to 100 and values of at most 256 characters, such as { team: payments }';
const tags = v.pipe(
  v.optional(v.string(), '{}'),
  v.parseJson(undefined, tagsMessage),
  v.record(
    v.pipe(v.string(), v.regex(/^.{1,100}$/, tagsMessage)),
    v.pipe(v.string(tagsMessage), v.maxLength(256, tagsMessage)),
    tagsMessage,
  ),
  v.maxEntries(8, tagsMessage),
);

/** Groups of an identity domain are written `domain/group`. The alphabet keeps a name from becoming policy text. */
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
const access = v.optional(
  v.pipe(
    v.string(),
    v.parseJson(undefined, accessMessage),
    v.strictObject(
      {
        producer: v.optional(principal),
        consumer: v.optional(principal),
        provisioner: v.optional(principal),
        /** IAM is written in the tenancy's home region only. Default: the primary region. */
        homeRegion: v.optional(v.pipe(v.string(regionMessage), v.regex(regionForm, regionMessage))),
      },
      accessMessage,
    ),
  ),
);

const silenceMessage = 'is not allowed; give a whole number of minutes from 5 to 1440';
const alarmsMessage = 'is not allowed; give any of email, silenceMinutes ({} for the defaults)';
const alarms = v.optional(
  v.pipe(
    v.string(),
    v.parseJson(undefined, alarmsMessage),
    v.strictObject(
      {
        /** Subscribed to the topic; OCI sends it a confirmation first. */
        email: v.optional(v.pipe(v.string(), v.email('is not an e-mail address'))),
        /** Minutes without a single stored message before the primary counts as silent. Default 15. */
        silenceMinutes: v.optional(
          v.pipe(
            v.number(silenceMessage),
            v.integer(silenceMessage),
            v.minValue(5, silenceMessage),
            v.maxValue(1440, silenceMessage),
          ),
          15,
        ),
      },
      alarmsMessage,
    ),
  ),
);

/** Every key of the stack's configuration, its default and what it allows: the one place. */
export const configurationSchema = v.pipe(
  v.object({
    /** Holds the streams, and the policies and alarms when asked for. No default. */
    compartmentId: compartment,
    primaryRegion: region('sa-saopaulo-1'),
    secondaryRegion: region('sa-vinhedo-1'),
    streamName: streamName('OCI-PRIMARY-STREAM'),
    secondaryStreamName: streamName('OCI-SECONDARY-STREAM'),
    /** Of each stream that the stack makes; 1 MB/s of writes each. Fixed at creation. A tenancy starts with 50 or 200. */
    partitions: wholeNumber(1, 1000, 'partitions', 1),
    /** Hours that a message is kept, read or not. OCI's own range. Fixed at creation. */
    retentionInHours: wholeNumber(24, 168, 'hours', 24),
    /** `onDemand`: the runtime makes the secondary when it is needed. `warm`: the stack owns it from the start. */
    standby: v.pipe(
      v.optional(v.string(), 'onDemand'),
      v.picklist(['onDemand', 'warm'], 'is not allowed; give onDemand or warm'),
    ),
    /** Refuses whatever would delete a stream of the stack. */
    protect: trueOrFalse('true'),
    /** Pool of the primary; pools are regional, so the secondary is in its compartment's default pool. */
    streamPoolId: streamPool,
    /** Free-form tags of everything that the stack makes. */
    tags,
    /** Who gets least-privilege policies, by what they do. */
    access,
    /** A notification topic, and alarms on throttling and silence. */
    alarms,
  }),
  v.forward(
    v.partialCheck(
      [['primaryRegion'], ['secondaryRegion']],
      ({ primaryRegion, secondaryRegion }) => primaryRegion !== secondaryRegion,
      'is the primary region too; give another region, or nothing is gained when that one fails',
    ),
    ['secondaryRegion'],
  ),
);
