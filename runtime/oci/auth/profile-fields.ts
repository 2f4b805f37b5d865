import { HaError } from '../../errors.ts';
import type { Profile } from './config-file.ts';

/** Where each field of a profile comes from, and what it looks like. Most tired people copied one of them wrongly. */
const FIELDS = {
  user: { looks: /^ocid1\.user\./, like: 'ocid1.user.…' },
  tenancy: { looks: /^ocid1\.tenancy\./, like: 'ocid1.tenancy.…' },
  fingerprint: { looks: /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/i, like: '16 hex pairs such as 20:3b:…' },
  key_file: { looks: /./, like: 'the path of a PEM file' },
  security_token_file: { looks: /./, like: 'the path of a token file' },
} as const;

export type Field = keyof typeof FIELDS;

/** The wanted fields, or one `CONFIG` error that names all that are missing or malformed. Values are not repeated. */
export function requireFields<const F extends Field>(
  profile: Profile,
  wanted: readonly F[],
): Record<F, string> {
  const found = {} as Record<F, string>;
  const problems: string[] = [];
  for (const field of wanted) {
    const value = profile.get(field);
    if (value === undefined || value === '') problems.push(`${field} is missing (${FIELDS[field].like})`);
    else if (!FIELDS[field].looks.test(value))
      problems.push(`${field} does not look like ${FIELDS[field].like}`);
    else found[field] = value;
  }
  if (problems.length > 0 && !wanted.includes('security_token_file' as F) && isSessionToken(profile)) {
    throw new HaError(
      'CONFIG',
      `${profile.file}, profile ${profile.name}: it is a profile of a session token (it has security_token_file): give --auth security_token (OCI_CLI_AUTH)`,
    );
  }
  if (problems.length > 0) {
    throw new HaError(
      'CONFIG',
      `${profile.file}, profile ${profile.name}: ${problems.join('; ')}; correct the file, or make it anew with \`oci setup config\``,
    );
  }
  return found;
}

/** As `oci session authenticate` makes it: no user, but a token. */
function isSessionToken(profile: Profile): boolean {
  return profile.get('security_token_file') !== undefined && profile.get('user') === undefined;
}
