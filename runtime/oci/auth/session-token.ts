import type { AuthenticationDetailsProvider } from 'oci-common';

import { HaError } from '../../errors.ts';
import type { EventListener } from '../../events.ts';
import type { Environment } from '../../settings/index.ts';
import { whyUnreadable } from '../../small-file.ts';
import { readKey } from './api-key.ts';
import type { Auth } from './auth.ts';
import { expandHome, requireFields, type Profile } from './config-file.ts';
import { exposureWarnings, readText } from './key-files.ts';
import { NativeSigner } from './native-signer.ts';

interface TokenSession {
  readonly keyId: string;
  readonly signer: NativeSigner;
}

/**
 * Signs with the session token that `oci session authenticate` wrote, and reads it anew when the service refuses it: the
 * command line tool refreshes the file (C6).
 * @throws HaError `CONFIG`
 */
export function sessionToken(profile: Profile, environment: Environment, emit: EventListener): Auth {
  const { tenancy, security_token_file } = requireFields(profile, ['tenancy', 'security_token_file']);
  const tokenFile = expandHome(security_token_file);
  const again = `run \`oci session authenticate --profile-name ${profile.name}\``;
  const where = `${profile.where}, ${profile.source('security_token_file')} ${tokenFile}`;

  function readSession(emit: EventListener): TokenSession {
    const keyId = `ST$${readToken(tokenFile, where, again)}`;
    const { pem } = readKey(profile, environment, emit);
    const provider: AuthenticationDetailsProvider = {
      getKeyId: () => Promise.resolve(keyId),
      getPrivateKey: () => pem,
      getPassphrase: () => null,
    };
    return { keyId, signer: new NativeSigner(provider) };
  }

  let session = readSession(emit);
  for (const message of exposureWarnings(tokenFile, environment)) {
    emit({ type: 'warning', code: 'file-exposed', message });
  }
  return {
    identity: `session token ${tokenFile} of ${profile.title}`,
    remedy: `it may have expired: ${again}`,
    tenancy,
    region: profile.get('region'),
    sign: (request, excludeBody) => session.signer.signHttpRequest(request, excludeBody),
    // Reading is synchronous: no two calls renew at the same time, and the next one finds the newer token here.
    async renew(usedKeyId) {
      if (usedKeyId === session.keyId) session = readSession(() => {});
      return usedKeyId !== session.keyId;
    },
  };
}

function readToken(file: string, where: string, again: string): string {
  let token: string;
  try {
    token = readText(file).trim();
  } catch (cause) {
    throw new HaError('CONFIG', `${where}: ${whyUnreadable(cause)}; ${again}`, { cause });
  }
  // It goes into a header, where a line break would be an attack.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new HaError('CONFIG', `${where}: it holds no token; ${again}`);
  return token;
}
