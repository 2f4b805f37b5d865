import {
  DefaultRequestSigner,
  InstancePrincipalsAuthenticationDetailsProviderBuilder,
  ResourcePrincipalAuthenticationDetailsProvider,
  type AuthenticationDetailsProvider,
} from 'oci-common';

import { HaError } from '../../errors.ts';
import { printable, wordsOf } from '../foreign-text.ts';
import type { Auth } from './auth.ts';
import { quietly } from './quiet-console.ts';

/** What both kinds of principal of oci-common have. */
type Principal = AuthenticationDetailsProvider & {
  getRegion(): { regionId: string } | undefined;
  refresh(): Promise<string>;
};

/** Signs as the compute instance that this runs on. Throws a `CONFIG` error elsewhere. */
export async function instancePrincipal(): Promise<Auth> {
  return principal('the instance principal of this machine', async () => {
    const builder = new InstancePrincipalsAuthenticationDetailsProviderBuilder();
    // The variable that Oracle's Go and Python SDKs know.
    const metadata = process.env['OCI_METADATA_BASE_URL'];
    if (metadata !== undefined && metadata !== '') builder.metadataBaseUrl = metadata;
    return builder.build();
  });
}

/** Signs as the function, job or pod that this is. Throws a `CONFIG` error where OCI_RESOURCE_PRINCIPAL_* is not set. */
export async function resourcePrincipal(): Promise<Auth> {
  return principal('the resource principal of this workload', async () =>
    ResourcePrincipalAuthenticationDetailsProvider.builder(),
  );
}

async function principal(identity: string, build: () => Promise<Principal>): Promise<Auth> {
  try {
    const provider = await quietly(build);
    const signer = quietly(() => new DefaultRequestSigner(provider));
    let refreshing: Promise<string> | undefined;
    return {
      identity,
      remedy: 'check that a dynamic group matches it and that a policy names that group',
      tenancy: undefined,
      region: provider.getRegion()?.regionId,
      sign: (request, excludeBody) => quietly(() => signer.signHttpRequest(request, excludeBody)),
      async renew(usedKeyId) {
        const keyId = (): Promise<string> => quietly(() => provider.getKeyId());
        if ((await keyId()) !== usedKeyId) return true;
        refreshing ??= quietly(() => provider.refresh()).finally(() => (refreshing = undefined));
        await refreshing;
        return (await keyId()) !== usedKeyId;
      },
    };
  } catch (cause) {
    throw new HaError('CONFIG', `${identity} cannot be used: ${printable(wordsOf(cause), 400)}`, { cause });
  }
}
