import { REGION_NAMES } from './known-names.ts';
import { NAME, ocidOf, oneOf, REGION, text, yesNo, type RowsOf } from './row.ts';

/** Which streams a producer, a manager or a consumer uses, where, and as whom. */
export interface ConnectOptions {
  /**
   * Region that messages are written to while it is available.
   *
   * an OCI region such as us-ashburn-1; default sa-saopaulo-1; environment variable OCI_PRIMARY_REGION.
   */
  readonly primaryRegion?: string | undefined;
  /**
   * Region that messages are written to while the primary is down.
   *
   * an OCI region such as us-ashburn-1; default sa-vinhedo-1; environment variable OCI_SECONDARY_REGION.
   */
  readonly secondaryRegion?: string | undefined;
  /**
   * Compartment of both streams.
   *
   * ocid1.compartment.… or ocid1.tenancy.…; no default; environment variable OCI_COMPARTMENT_ID.
   */
  readonly compartmentId?: string | undefined;
  /**
   * Name of the primary stream.
   *
   * 1..255 of A-Z a-z 0-9 _ . -; default OCI-PRIMARY-STREAM; environment variable OCI_PRIMARY_STREAM_NAME.
   */
  readonly streamName?: string | undefined;
  /**
   * Name of the secondary stream.
   *
   * 1..255 of A-Z a-z 0-9 _ . -; default OCI-SECONDARY-STREAM; environment variable
   * OCI_SECONDARY_STREAM_NAME.
   */
  readonly secondaryStreamName?: string | undefined;
  /**
   * The primary stream; found by its name in the compartment when unset.
   *
   * ocid1.stream.…; no default; environment variable PRIMARY_STREAM_OCID.
   */
  readonly primaryStreamOcid?: string | undefined;
  /**
   * The primary stream's messages endpoint; the control plane tells it when unset.
   *
   * https://cell-1.streaming.<region>.oci.oraclecloud.com; no default; environment variable
   * PRIMARY_STREAM_ENDPOINT.
   */
  readonly primaryStreamEndpoint?: string | undefined;
  /**
   * A file of `pulumi stack output --json` that names the primary, for machines without pulumi.
   *
   * a path; no default; environment variable OCI_STREAMING_OUTPUTS.
   */
  readonly outputs?: string | undefined;
  /**
   * Run `pulumi stack output` here for what other settings do not name: primary, regions, compartment.
   *
   * true or false; default false; on the command line true.
   */
  readonly stackOutputs?: boolean | undefined;
  /**
   * File that names the secondary stream and the active region.
   *
   * a path; default stream.properties; environment variable STREAM_PROPERTIES.
   */
  readonly recordFile?: string | undefined;
  /**
   * OCI configuration file; ~/.oci/config when unset.
   *
   * a path; no default; environment variable OCI_CONFIG_FILE; environment variable OCI_CLI_CONFIG_FILE.
   */
  readonly configFile?: string | undefined;
  /**
   * Profile in that file.
   *
   * a name; default DEFAULT; environment variable OCI_CLI_PROFILE.
   */
  readonly profile?: string | undefined;
  /**
   * How to authenticate; a profile of `oci session authenticate` is recognised without it.
   *
   * api_key | security_token | instance_principal | resource_principal; default api_key; environment
   * variable OCI_CLI_AUTH.
   */
  readonly auth?: 'api_key' | 'security_token' | 'instance_principal' | 'resource_principal' | undefined;
  /**
   * While the OCI SDK asks for the token of an instance principal, replace the methods of `console`, so that
   * what it prints there is dropped.
   *
   * true or false; default false; on the command line true.
   */
  readonly quietConsole?: boolean | undefined;
  /**
   * Send each message in an envelope (CloudEvents JSON) with an id; a consumer unwraps it and removes copies.
   *
   * true or false; default false; environment variable OCI_STREAMING_ENVELOPE.
   */
  readonly envelope?: boolean | undefined;
  readonly endpoints?: Readonly<Record<string, string>> | undefined;
}

export const connectionSettings = {
  primaryRegion: text({
    section: 'where',
    env: 'OCI_PRIMARY_REGION',
    about: 'region that messages are written to while it is available',
    pattern: REGION,
    known: REGION_NAMES,
    range: 'an OCI region such as us-ashburn-1',
    placeholder: 'region',
    default: 'sa-saopaulo-1',
  }),
  secondaryRegion: text({
    section: 'where',
    env: 'OCI_SECONDARY_REGION',
    about: 'region that messages are written to while the primary is down',
    pattern: REGION,
    known: REGION_NAMES,
    range: 'an OCI region such as us-ashburn-1',
    placeholder: 'region',
    default: 'sa-vinhedo-1',
  }),
  compartmentId: text({
    section: 'where',
    env: 'OCI_COMPARTMENT_ID',
    about: 'compartment of both streams',
    pattern: ocidOf('(compartment|tenancy)'),
    range: 'ocid1.compartment.… or ocid1.tenancy.…',
    placeholder: 'ocid',
  }),
  streamName: text({
    section: 'where',
    env: 'OCI_PRIMARY_STREAM_NAME',
    about: 'name of the primary stream',
    pattern: NAME,
    range: '1..255 of A-Z a-z 0-9 _ . -',
    placeholder: 'name',
    default: 'OCI-PRIMARY-STREAM',
  }),
  secondaryStreamName: text({
    section: 'where',
    env: 'OCI_SECONDARY_STREAM_NAME',
    about: 'name of the secondary stream',
    pattern: NAME,
    range: '1..255 of A-Z a-z 0-9 _ . -',
    placeholder: 'name',
    default: 'OCI-SECONDARY-STREAM',
  }),
  primaryStreamOcid: text({
    section: 'where',
    env: 'PRIMARY_STREAM_OCID',
    about: 'the primary stream; found by its name in the compartment when unset',
    pattern: ocidOf('stream'),
    range: 'ocid1.stream.…',
    placeholder: 'ocid',
  }),
  primaryStreamEndpoint: text({
    section: 'where',
    env: 'PRIMARY_STREAM_ENDPOINT',
    about: "the primary stream's messages endpoint; the control plane tells it when unset",
    pattern: /^https?:\/\/\S+$/,
    range: 'https://cell-1.streaming.<region>.oci.oraclecloud.com',
    placeholder: 'url',
  }),
  outputs: text({
    section: 'where',
    env: 'OCI_STREAMING_OUTPUTS',
    about: 'a file of `pulumi stack output --json` that names the primary, for machines without pulumi',
    pattern: /./,
    range: 'a path',
    placeholder: 'file',
  }),
  stackOutputs: yesNo({
    section: 'where',
    about:
      'run `pulumi stack output` here for what other settings do not name: primary, regions, compartment',
    default: false,
    commandLineDefault: true,
  }),
  recordFile: text({
    section: 'where',
    env: 'STREAM_PROPERTIES',
    about: 'file that names the secondary stream and the active region',
    pattern: /./,
    range: 'a path',
    placeholder: 'file',
    default: 'stream.properties',
  }),
  configFile: text({
    section: 'who',
    env: ['OCI_CONFIG_FILE', 'OCI_CLI_CONFIG_FILE'],
    about: 'OCI configuration file; ~/.oci/config when unset',
    pattern: /./,
    range: 'a path',
    placeholder: 'file',
  }),
  profile: text({
    section: 'who',
    env: 'OCI_CLI_PROFILE',
    about: 'profile in that file',
    pattern: /^[^\]\n]+$/,
    range: 'a name',
    placeholder: 'name',
    default: 'DEFAULT',
  }),
  auth: oneOf({
    section: 'who',
    env: 'OCI_CLI_AUTH',
    about: 'how to authenticate; a profile of `oci session authenticate` is recognised without it',
    values: ['api_key', 'security_token', 'instance_principal', 'resource_principal'],
    default: 'api_key',
  }),
  quietConsole: yesNo({
    section: 'who',
    about:
      'while the OCI SDK asks for the token of an instance principal, replace the methods of `console`, so that what it prints there is dropped',
    default: false,
    commandLineDefault: true,
  }),
  envelope: yesNo({
    section: 'messages',
    env: 'OCI_STREAMING_ENVELOPE',
    about:
      'send each message in an envelope (CloudEvents JSON) with an id; a consumer unwraps it and removes copies',
    default: false,
  }),
} satisfies RowsOf<Omit<ConnectOptions, 'endpoints'>>;
