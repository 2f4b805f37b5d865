import { Config, type Resource } from '@pulumi/pulumi';
import { Provider, type ProviderArgs } from '@pulumi/oci/provider.js';

/**
 * An explicit provider for one region, named after it. A region in a name is what keeps a resource from being taken for one
 * of another region: the engine asks a provider whose region has changed for nothing, and replaces nothing.
 *
 * Each reads an environment variable of its own in place of `CLIENT_HOST_OVERRIDES`, for example
 * `CLIENT_HOST_OVERRIDES_SA_VINHEDO_1=oci_streaming.StreamAdminClient=http://127.0.0.1:8081`: nothing in a request names
 * the region, so two regions on one machine need two addresses. Unset, it does nothing.
 */
export function regionProvider(name: string, region: string, parent: Resource): Provider {
  const variable = `CLIENT_HOST_OVERRIDES_${region.toUpperCase().replaceAll('-', '_')}`;
  return new Provider(
    name,
    { ...credentials(), region },
    { parent, envVarMappings: { [variable]: 'CLIENT_HOST_OVERRIDES' } },
  );
}
/** An explicit provider does not see `pulumi config set oci:…` unless it is told. */
function credentials(): ProviderArgs {
  const config = new Config('oci');
  const open = [
    'auth',
    'configFileProfile',
    'tenancyOcid',
    'userOcid',
    'fingerprint',
    'privateKeyPath',
  ] as const;
  const secret = ['privateKey', 'privateKeyPassword'] as const;
  const given: ProviderArgs = {};
  for (const key of open) {
    const value = config.get(key);
    if (value !== undefined) given[key] = value;
  }
  for (const key of secret) {
    const value = config.getSecret(key);
    if (value !== undefined) given[key] = value;
  }
  return given;
}
