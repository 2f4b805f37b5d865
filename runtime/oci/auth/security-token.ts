import { readFileSync } from 'node:fs';

import { DefaultRequestSigner, type AuthenticationDetailsProvider } from 'oci-common';

import { HaError } from '../../errors.ts';
import type { EventListener } from '../../events.ts';
import type { Auth } from './auth.ts';
import { expandHome, type Profile } from './config-file.ts';
import { readPrivateKey } from './private-key.ts';
import { requireFields } from './profile-fields.ts';

/**
 * Signs with the session token that `oci session authenticate` wrote, and reads it anew when the service refuses it: the
 * command line tool refreshes the file (C6).
 */
export function securityToken(profile: Profile, emit: EventListener): Auth {
  const { tenancy, key_file, security_token_file } = requireFields(profile, [
    'tenancy',
    'key_file',
    'security_token_file',
  ]);
  const tokenFile = expandHome(security_token_file);
  let session = readSession();
  for (const message of session.warnings) emit({ type: 'warning', about: 'key_file', message });

  function readSession(): {
    token: string;
    pem: string;
    warnings: readonly string[];
    signer: DefaultRequestSigner;
  } {
    const token = readToken(profile, tokenFile);
    const { pem, warnings } = readPrivateKey(profile, key_file);
    const provider: AuthenticationDetailsProvider = {
      getKeyId: () => Promise.resolve(`ST$${token}`),
      getPrivateKey: () => pem,
      getPassphrase: () => null,
    };
    return { token, pem, warnings, signer: new DefaultRequestSigner(provider) };
  }

  return {
    identity: `session token ${tokenFile} of profile ${profile.name} in ${profile.file}`,
    remedy: `it may have expired: run \`oci session authenticate --profile-name ${profile.name}\``,
    tenancy,
    region: profile.get('region'),
    sign: (request, excludeBody) => session.signer.signHttpRequest(request, excludeBody),
    // Reading is synchronous: no two calls renew at the same time, and the next one finds the newer token here.
    async renew(usedKeyId) {
      if (usedKeyId === `ST$${session.token}`) session = readSession();
      return usedKeyId !== `ST$${session.token}`;
    },
  };
}

function readToken(profile: Profile, file: string): string {
  const where = `${profile.file}, profile ${profile.name}, security_token_file ${file}`;
  const remedy = `run \`oci session authenticate --profile-name ${profile.name}\``;
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new HaError('CONFIG', `${where}: it cannot be read (${code ?? String(cause)}); ${remedy}`, {
      cause,
    });
  }
  // It goes into a header, where a line break would be an attack.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new HaError('CONFIG', `${where}: it holds no token; ${remedy}`);
  return token;
}
