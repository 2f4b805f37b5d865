import { afterEach, describe, expect, it, vi } from 'vitest';

import { openAuth } from '../../../../runtime/oci/index.ts';
import { rawServer } from '../fixtures/raw-server.ts';
import { expectSilence } from '../fixtures/silent-console.ts';

const settings = { configFile: undefined, profile: 'DEFAULT' };

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a principal where there is none', () => {
  expectSilence();

  it('of an instance is one line, and the SDK prints nothing', async () => {
    const server = await rawServer();
    await server[Symbol.asyncDispose]();
    vi.stubEnv('OCI_METADATA_BASE_URL', `${server.origin}/opc/v2/`);
    await expect(openAuth({ ...settings, auth: 'instance_principal' }, () => {})).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(
        /^the instance principal of this machine cannot be used: [^\n]+$/,
      ) as string,
    });
  });

  it('of a resource is one line that names the variable', async () => {
    vi.stubEnv('OCI_RESOURCE_PRINCIPAL_VERSION', '');
    await expect(openAuth({ ...settings, auth: 'resource_principal' }, () => {})).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('OCI_RESOURCE_PRINCIPAL_VERSION') as string,
    });
  });
});
