import { Config, type Resource } from '@pulumi/pulumi';
import { Provider, type ProviderArgs } from '@pulumi/oci/provider.js';

/**
 * An explicit provider for one region, named after it. The region must be part of the name, because the engine notices
 * neither that a provider's region changed nor that its resources are now others.
 *
 * Each provider reads its own environment variable instead of `CLIENT_HOST_OVERRIDES`, for example
 * `CLIENT_HOST_OVERRIDES_SA_VINHEDO_1=oci_streaming.StreamAdminClient=http://127.0.0.1:8081`: a request does not
 * contain the region, so two emulated regions on one machine need two addresses.
 */
export function regionProvider(name: string, region: string, parent: Resource): Provider {
  const variable = `CLIENT_HOST_OVERRIDES_${region.toUpperCase().replaceAll('-', '_')}`;
  return new Provider(
    name,
    { ...credentials(), region },
    { parent, envVarMappings: { [variable]: 'CLIENT_HOST_OVERRIDES' } },
  );
}

/** An explicit provider does not read `pulumi config set oci:…` by itself. */
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
