import { describe, expect, it } from 'vitest';

import { openAuth } from '../../../../runtime/oci/index.ts';
import { ociDirectory, TENANCY } from '../fixtures/oci-directory.ts';

describe('a session token', () => {
  function session(directory: ReturnType<typeof ociDirectory>, token: string): string {
    const path = directory.write('token', token);
    directory.configure([
      '[DEFAULT]',
      `tenancy=${TENANCY}`,
      `key_file=${directory.keyFile}`,
      `security_token_file=${path}`,
    ]);
    return path;
  }

  it('C6, C16: signs, and is read again when the service refuses it', async () => {
    using directory = ociDirectory();
    session(directory, 'first.token\n');
    const auth = await openAuth(
      { auth: 'security_token', configFile: directory.configFile, profile: 'DEFAULT' },
      () => {},
    );
    const keyId = async (): Promise<string | null> => {
      const request = {
        method: 'GET' as const,
        uri: 'https://x.example/y',
        headers: new Headers({ 'x-date': 'now' }),
      };
      await auth.sign(request, false);
      return request.headers.get('authorization');
    };
    expect(await keyId()).toContain('keyId="ST$first.token"');
    expect(await auth.renew('ST$first.token')).toBe(false);
    directory.write('token', 'second.token');
    expect(await auth.renew('ST$first.token')).toBe(true);
    expect(await auth.renew('ST$first.token')).toBe(true);
    expect(await auth.renew('ST$second.token')).toBe(false);
    expect(await keyId()).toContain('keyId="ST$second.token"');
    // The one that was renewed serves the calls that come after, without another look at the file.
    directory.write('token', '');
    expect(await auth.renew('ST$first.token')).toBe(true);
    expect(auth.identity).not.toContain('second.token');
  });

  it.each([
    ['absent', undefined],
    ['empty', '\n'],
    ['two lines', 'a\nb'],
  ])('C6: that is %s is an error that says how to get one', async (_, token) => {
    using directory = ociDirectory();
    const path = session(directory, token ?? '');
    if (token === undefined)
      directory.configure([
        '[DEFAULT]',
        `tenancy=${TENANCY}`,
        `key_file=${directory.keyFile}`,
        `security_token_file=${path}x`,
      ]);
    const given = { auth: 'security_token', configFile: directory.configFile, profile: 'DEFAULT' } as const;
    await expect(openAuth(given, () => {})).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('oci session authenticate --profile-name DEFAULT') as string,
    });
  });
});
