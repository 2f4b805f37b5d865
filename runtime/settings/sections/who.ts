import { oneOf, text } from '../row.ts';

/** Who calls. */
export const who = {
  configFile: text({
    flag: 'config-file',
    env: 'OCI_CONFIG_FILE',
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
    about: 'how to authenticate',
    values: ['api_key', 'security_token', 'instance_principal', 'resource_principal'],
    default: 'api_key',
  }),
};
