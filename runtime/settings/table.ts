import { MAX_REQUEST_BYTES } from '../core/index.ts';
import { count, duration, oneOf, size, text, yesNo } from './row.ts';

const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
const NAME = /^[A-Za-z0-9_.-]{1,255}$/;
const ocidOf = (type: string): RegExp => new RegExp(`^ocid1\\.${type}\\.[a-z0-9]+\\.[a-z0-9-]*\\.\\S+$`);

const where = {
  primaryRegion: text({
    flag: 'primary-region',
    env: 'OCI_PRIMARY_REGION',
    about: 'region that is written to while it is well',
    pattern: REGION,
    range: 'an OCI region',
    default: 'sa-saopaulo-1',
  }),
  secondaryRegion: text({
    flag: 'secondary-region',
    env: 'OCI_SECONDARY_REGION',
    about: 'region that takes over',
    pattern: REGION,
    range: 'an OCI region',
    default: 'sa-vinhedo-1',
  }),
  compartmentId: text({
    flag: 'compartment-id',
    env: 'OCI_COMPARTMENT_ID',
    about: 'compartment of both streams',
    pattern: ocidOf('(compartment|tenancy)'),
    range: 'ocid1.compartment.… or ocid1.tenancy.…',
  }),
  streamName: text({
    flag: 'stream-name',
    env: 'OCI_PRIMARY_STREAM_NAME',
    about: 'name of the primary stream',
    pattern: NAME,
    range: '1..255 of A-Z a-z 0-9 _ . -',
    default: 'OCI-PRIMARY-STREAM',
  }),
  secondaryStreamName: text({
    flag: 'secondary-stream-name',
    env: 'OCI_SECONDARY_STREAM_NAME',
    about: 'name of the secondary stream',
    pattern: NAME,
    range: '1..255 of A-Z a-z 0-9 _ . -',
    default: 'OCI-SECONDARY-STREAM',
  }),
  primaryStreamOcid: text({
    flag: 'primary-stream-ocid',
    env: 'PRIMARY_STREAM_OCID',
    about: 'the primary stream; found by name in the compartment when unset',
    pattern: ocidOf('stream'),
    range: 'ocid1.stream.…',
  }),
  primaryStreamEndpoint: text({
    flag: 'primary-stream-endpoint',
    env: 'PRIMARY_STREAM_ENDPOINT',
    about: 'its messages endpoint; asked of the control plane when unset',
    pattern: /^https?:\/\/\S+$/,
    range: 'https://cell-1.streaming.<region>.oci.oraclecloud.com',
  }),
  outputs: text({
    flag: 'outputs',
    env: 'OCI_STREAMING_OUTPUTS',
    about: 'a file of `pulumi stack output --json` that names the primary, where there is no pulumi',
    pattern: /./,
    range: 'a path',
  }),
  stackRefresh: yesNo({
    flag: 'stack-refresh',
    about: 'after a switch, let the stack of the project here learn of it in the background',
    default: true,
  }),
  recordFile: text({
    flag: 'record-file',
    env: 'STREAM_PROPERTIES',
    about: 'where the secondary and the active region are written down',
    pattern: /./,
    range: 'a path',
    default: 'stream.properties',
  }),
  exportEnvironment: oneOf({
    flag: 'export-environment',
    env: 'OCI_STREAMING_EXPORT_ENV',
    about: "persist SECONDARY_STREAM_* in the user's environment too",
    values: ['auto', 'process', 'persistent'],
    default: 'auto',
  }),
};

const who = {
  configFile: text({
    flag: 'config-file',
    env: 'OCI_CONFIG_FILE',
    about: 'OCI configuration file; ~/.oci/config when unset',
    pattern: /./,
    range: 'a path',
  }),
  profile: text({
    flag: 'profile',
    env: 'OCI_CLI_PROFILE',
    about: 'profile in that file',
    pattern: /^[^\]\n]+$/,
    range: 'a name',
    default: 'DEFAULT',
  }),
  auth: oneOf({
    flag: 'auth',
    env: 'OCI_CLI_AUTH',
    about: 'how to authenticate',
    values: ['api_key', 'security_token', 'instance_principal', 'resource_principal'],
    default: 'api_key',
  }),
};

const retrying = {
  maxAttempts: count({
    flag: 'max-attempts',
    about: 'attempts a round, the first counted',
    min: 1,
    max: 20,
    default: 5,
  }),
  baseDelayMs: duration({
    flag: 'base-delay',
    about: 'longest first wait; doubles each time, with full jitter',
    min: 1,
    max: 60_000,
    default: 250,
  }),
  maxDelayMs: duration({
    flag: 'max-delay',
    about: 'longest wait, also when the service asks for more',
    min: 1,
    max: 600_000,
    default: 5_000,
  }),
  retryWindowMs: duration({
    flag: 'retry-window',
    about: 'attempts are used up after this, whatever their number',
    min: 100,
    max: 600_000,
    default: 6_000,
  }),
  requestTimeoutMs: duration({
    flag: 'request-timeout',
    about: 'one call; 1 s more for each 256 KiB of body',
    min: 50,
    max: 300_000,
    default: 2_000,
  }),
  deliveryTimeoutMs: duration({
    flag: 'delivery-timeout',
    about:
      'a message that no region judged well has stored by then rejects; waiting with no region up does not count',
    min: 100,
    max: 86_400_000,
    default: 120_000,
  }),
};

const switching = {
  failoverOnThrottle: yesNo({
    flag: 'failover-on-throttle',
    about: 'a region that answers nothing but 429 fails over; no: it is paced',
    default: true,
  }),
  failback: yesNo({ flag: 'failback', about: 'return to the primary when it is well again', default: true }),
  failbackAfterMs: duration({
    flag: 'failback-after',
    about: 'how long the primary must have been well',
    min: 0,
    max: 86_400_000,
    default: 60_000,
  }),
  failbackMinIntervalMs: duration({
    flag: 'failback-min-interval',
    about: 'no two failbacks within this',
    min: 0,
    max: 86_400_000,
    default: 3_600_000,
  }),
  probeIntervalMs: duration({
    flag: 'probe-interval',
    about: 'first interval between probes of a region that was left; grows to 30 s',
    min: 50,
    max: 30_000,
    default: 5_000,
  }),
};

const producing = {
  lanes: count({
    flag: 'lanes',
    about: 'batches in flight at once; a key stays in its lane',
    min: 1,
    max: 256,
    default: 8,
  }),
  maxBatchMessages: count({
    flag: 'max-batch-messages',
    about: 'messages in a request',
    min: 1,
    max: 100_000,
    default: 1_000,
  }),
  maxBatchBytes: size({
    flag: 'max-batch-bytes',
    about: 'keys and values in a request; the service takes 1 MiB',
    min: 1,
    max: MAX_REQUEST_BYTES,
    default: MAX_REQUEST_BYTES,
  }),
  strictOrder: yesNo({
    flag: 'strict-order',
    about:
      'no request holds two messages of one key: a refused entry cannot be overtaken, at the price of smaller batches',
    default: false,
  }),
  maxBufferBytes: size({
    flag: 'max-buffer-bytes',
    about: 'accepted and not yet stored; beyond it `send` waits',
    min: 1024,
    max: 16 * 1024 ** 3,
    default: 64 * 1024 ** 2,
  }),
  maxBlockMs: duration({
    flag: 'max-block',
    about: 'how long `send` waits for room before it rejects',
    min: 0,
    max: 86_400_000,
    default: 60_000,
  }),
  closeTimeoutMs: duration({
    flag: 'close-timeout',
    about: 'how long `close` drains before it rejects what is left',
    min: 0,
    max: 3_600_000,
    default: 10_000,
  }),
};

const consuming = {
  group: text({
    flag: 'group',
    env: 'OCI_STREAMING_GROUP',
    about: 'consumer group',
    pattern: NAME,
    range: '1..255 of A-Z a-z 0-9 _ . -',
    default: 'oci-streaming-ha',
  }),
  from: text({
    flag: 'from',
    about: 'where a group that does not exist yet begins',
    pattern: /^(earliest|latest|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d))$/,
    range: 'earliest | latest | an RFC 3339 time',
    default: 'earliest',
  }),
  readLimit: count({
    flag: 'read-limit',
    about: 'messages asked for in one read',
    min: 1,
    max: 10_000,
    default: 10_000,
  }),
  idlePollMs: duration({
    flag: 'idle-poll',
    about: 'longest pause between reads of the active region when it is empty',
    min: 10,
    max: 60_000,
    default: 1_000,
  }),
  standbyPollMs: duration({
    flag: 'standby-poll',
    about: 'pause between reads of the other region when it is empty',
    min: 100,
    max: 25_000,
    default: 8_000,
  }),
  groupTimeoutMs: duration({
    flag: 'group-timeout',
    about: 'a member silent for this long loses its partitions',
    min: 1_000,
    max: 300_000,
    default: 30_000,
  }),
  maxHandlerAttempts: count({
    flag: 'max-handler-attempts',
    about: 'calls of the handler for one message before it is given up',
    min: 1,
    max: 1_000,
    default: 5,
  }),
};

/** The settings by what they are about, in the order of `--help`. A command takes some of these. */
export const sections = Object.freeze({ where, who, retrying, switching, producing, consuming });

/**
 * Every setting: flags over environment over these defaults. `--help` prints this table, the README shows it, and the
 * options of `openProducer` and `openConsumer` have these names.
 */
export const table = Object.freeze({
  ...where,
  ...who,
  ...retrying,
  ...switching,
  ...producing,
  ...consuming,
});
