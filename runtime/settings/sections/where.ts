import { NAME, ocidOf, REGION } from '../patterns.ts';
import { oneOf, text, yesNo } from '../row.ts';

/** Where the streams are, and where it is written down. */
export const where = {
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
