import { oneOf, text } from '../row.ts';

/** Who calls. */
export const who = {
  configFile: text({
    flag: 'config-file',
    env: ['OCI_CONFIG_FILE', 'OCI_CLI_CONFIG_FILE'],
    about: 'OCI configuration file; ~/.oci/config when unset',
    pattern: /./,
    range: 'a path',
    placeholder: 'file',
  }),
  profile: text({
    flag: 'profile',
    env: 'OCI_CLI_PROFILE',
    about: 'profile in that file',
    pattern: /^[^\]\n]+$/,
    range: 'a name',
    placeholder: 'name',
    default: 'DEFAULT',
  }),
  auth: oneOf({
    flag: 'auth',
    env: 'OCI_CLI_AUTH',
    about: 'how to authenticate; a profile of `oci session authenticate` is known by itself',
    values: ['api_key', 'security_token', 'instance_principal', 'resource_principal'],
    default: 'api_key',
  }),
};

/** What the other variables of the `oci` command line tool mean here, for `--help`. */
export const OCI_CLI_VARIABLES = `Variables of the oci command line tool:
  OCI_CLI_USER, OCI_CLI_TENANCY, OCI_CLI_FINGERPRINT, OCI_CLI_KEY_FILE,
  OCI_CLI_KEY_CONTENT, OCI_CLI_PASSPHRASE, OCI_CLI_SECURITY_TOKEN_FILE
      go before the same field of the profile; with tenancy and key no file is needed
  OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING
      True: no warning about files that others can read
  OCI_CLI_REGION, OCI_CLI_ENDPOINT
      mean nothing here, where there are two regions: see --primary-region,
      --secondary-region, --endpoint
  OCI_CLI_CERT_BUNDLE
      means nothing here: name more certificates in NODE_EXTRA_CA_CERTS
  OCI_CLI_DELEGATION_TOKEN_FILE, OCI_CLI_RC_FILE and the others mean nothing here
Proxies:
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY (also in small letters); http://127.0.0.1 and
  http://localhost are never proxied`;
