import { HaError } from '../../errors.ts';
import type { EventListener } from '../../events.ts';
import type { Environment, Settings } from '../../settings/index.ts';
import type { Auth } from './auth.ts';
import { readProfile } from './config-file.ts';

export type { Auth } from './auth.ts';

/**
 * The identity that signs every call, as the settings choose it; `environment` is that of the process when absent. What is
 * only unwise becomes a `warning` event.
 * @throws HaError `CONFIG`: one sentence that names file, profile, field and remedy (C7).
 */
export async function openAuth(
  settings: Pick<Settings, 'auth' | 'configFile' | 'profile'> & Partial<Pick<Settings, 'quietConsole'>>,
  emit: EventListener,
  environment: Environment = process.env,
): Promise<Auth> {
  const { auth, configFile, profile: name, quietConsole = false } = settings;
  // oci-common takes 130 ms to load: not before it is needed, and not when the file is already wrong.
  if (auth === 'instance_principal') {
    return (await import('./principals.ts')).instancePrincipal(environment, quietConsole);
  }
  if (auth === 'resource_principal') {
    return (await import('./principals.ts')).resourcePrincipal(quietConsole);
  }
  const profile = readProfile(configFile, name, environment);
  for (const message of profile.warnings) emit({ type: 'warning', code: 'file-exposed', message });
  // A profile of `oci session authenticate` can sign in no other way: `auth` need not name it.
  if (auth === 'security_token' || profile.isSession) {
    return (await import('./session-token.ts')).sessionToken(profile, environment, emit);
  }
  const { authenticationType } = profile;
  if (authenticationType !== undefined && authenticationType !== 'api_key') {
    throw new HaError(
      'CONFIG',
      `${profile.where}, authentication_type: ${authenticationType} is not signed with a key; say \`auth\` ${authenticationType} (there are security_token, instance_principal, resource_principal), or choose another profile (\`profile\`)`,
    );
  }
  return (await import('./api-key.ts')).apiKey(profile, environment, emit);
}
