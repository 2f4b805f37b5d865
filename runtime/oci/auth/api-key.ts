import { SimpleAuthenticationDetailsProvider } from 'oci-common';

import type { EventListener } from '../../events.ts';
import { isSet, type Environment } from '../../settings/index.ts';
import type { Auth } from './auth.ts';
import { expandHome, requireFields, type Profile } from './config-file.ts';
import { exposureWarnings, parseKey, readKeyFile, type PrivateKey } from './key-files.ts';
import { NativeSigner } from './native-signer.ts';

/**
 * Signs with the API key of a profile; warns about a key that others can read.
 * @throws HaError `CONFIG`
 */
export function apiKey(profile: Profile, environment: Environment, emit: EventListener): Auth {
  const { user, tenancy, fingerprint } = requireFields(profile, [
    'user',
    'tenancy',
    'fingerprint',
    ...(hasKeyContent(profile, environment) ? [] : (['key_file'] as const)),
  ]);
  const key = readKey(profile, environment, emit);
  if (key.fingerprint !== undefined && key.fingerprint !== fingerprint.toLowerCase()) {
    emit({
      type: 'warning',
      code: 'fingerprint-differs',
      message: `${profile.where}: ${profile.source('fingerprint')} is ${fingerprint}, but the key has ${key.fingerprint}; calls will probably be refused with 401`,
    });
  }
  const signer = new NativeSigner(
    new SimpleAuthenticationDetailsProvider(tenancy, user, fingerprint, key.pem, null),
  );
  return {
    identity: `${profile.title}, fingerprint ${fingerprint}`,
    remedy:
      'check that user, tenancy and fingerprint are right and that the public key of key_file is among the API keys of that user in the console',
    tenancy,
    region: profile.get('region'),
    sign: (request, excludeBody) => signer.signHttpRequest(request, excludeBody),
    renew: () => Promise.resolve(false),
  };
}

/** A key in the environment goes before a file in the environment, and that before whatever the profile says. */
function hasKeyContent(profile: Profile, environment: Environment): boolean {
  if (isSet(environment['OCI_CLI_KEY_CONTENT'])) return true;
  return !isSet(environment['OCI_CLI_KEY_FILE']) && profile.get('key_content') !== undefined;
}

/**
 * The key that a profile or the environment names or holds.
 * @throws HaError `CONFIG`
 */
export function readKey(profile: Profile, environment: Environment, emit: EventListener): PrivateKey {
  const passphrase = profile.get('pass_phrase');
  if (hasKeyContent(profile, environment)) {
    return parseKey(
      profile.get('key_content') ?? '',
      passphrase,
      `${profile.where}, ${profile.source('key_content')}`,
    );
  }
  const path = expandHome(requireFields(profile, ['key_file']).key_file);
  const key = readKeyFile(path, passphrase, `${profile.where}, ${profile.source('key_file')} ${path}`);
  for (const message of exposureWarnings(path, environment))
    emit({ type: 'warning', code: 'file-exposed', message });
  return key;
}
