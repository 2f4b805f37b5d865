import { DefaultRequestSigner, SimpleAuthenticationDetailsProvider } from 'oci-common';

import type { EventListener } from '../../events.ts';
import type { Auth } from './auth.ts';
import type { Profile } from './config-file.ts';
import { readPrivateKey } from './private-key.ts';
import { requireFields } from './profile-fields.ts';

/** Signs with the API key of a profile. Throws `CONFIG` errors; warns about a key that others can read. */
export function apiKey(profile: Profile, emit: EventListener): Auth {
  const { user, tenancy, fingerprint, key_file } = requireFields(profile, [
    'user',
    'tenancy',
    'fingerprint',
    'key_file',
  ]);
  const key = readPrivateKey(profile, key_file);
  for (const message of key.warnings) emit({ type: 'warning', about: 'key_file', message });
  if (key.fingerprint !== undefined && key.fingerprint !== fingerprint.toLowerCase()) {
    emit({
      type: 'warning',
      about: 'fingerprint',
      message: `${profile.file}, profile ${profile.name}: fingerprint is ${fingerprint}, but the key in key_file has ${key.fingerprint}; calls will probably be refused with 401`,
    });
  }
  const signer = new DefaultRequestSigner(
    new SimpleAuthenticationDetailsProvider(tenancy, user, fingerprint, key.pem, null),
  );
  return {
    identity: `profile ${profile.name} in ${profile.file}, fingerprint ${fingerprint}`,
    remedy:
      'check that user, tenancy and fingerprint are right and that the public key of key_file is among the API keys of that user in the console',
    tenancy,
    region: profile.get('region'),
    sign: (request, excludeBody) => signer.signHttpRequest(request, excludeBody),
    renew: () => Promise.resolve(false),
  };
}
