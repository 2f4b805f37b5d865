import type { EventListener } from '../../events.ts';
import type { Settings } from '../../settings/index.ts';
import type { Auth } from './auth.ts';
import { readProfile } from './config-file.ts';

/**
 * The identity that signs every call, as the settings choose it. Whatever is wrong with it rejects with one `CONFIG` error
 * that names file, profile, field and remedy (C7); what is only unwise becomes a `warning` event.
 */
export async function openAuth(
  settings: Pick<Settings, 'auth' | 'configFile' | 'profile'>,
  emit: EventListener,
): Promise<Auth> {
  // oci-common takes 130 ms to load: not before it is needed, and not when the file is already wrong.
  switch (settings.auth) {
    case 'api_key': {
      const profile = readProfile(settings.configFile, settings.profile);
      return (await import('./api-key.ts')).apiKey(profile, emit);
    }
    case 'security_token': {
      const profile = readProfile(settings.configFile, settings.profile);
      return (await import('./security-token.ts')).securityToken(profile, emit);
    }
    case 'instance_principal':
      return (await import('./principals.ts')).instancePrincipal();
    case 'resource_principal':
      return (await import('./principals.ts')).resourcePrincipal();
  }
}
