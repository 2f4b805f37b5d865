import { runtime } from '@pulumi/pulumi';
import { afterEach, expect, it, vi } from 'vitest';
import { checkVersions, engineRange } from '../../infra/requirements.ts';

afterEach(() => vi.restoreAllMocks());

it.each(['4.20.0', '4.21.3', '5.0.0', '10.0.0-alpha.1'])(
  'J6: goes on with @pulumi/oci %s',
  async (version) => {
    const asked = vi.spyOn(runtime, 'requirePulumiVersion').mockResolvedValue();
    await checkVersions(version);
    expect(asked).toHaveBeenCalledWith(engineRange);
  },
);

it.each(['4.19.9', '3.30.0', '0.1.0'])(
  'J6: says what to install in place of @pulumi/oci %s',
  async (version) => {
    await expect(checkVersions(version)).rejects.toThrow(
      `@pulumi/oci is ${version}, and this needs 4.20.0 or newer: npm install @pulumi/oci@4.20.0`,
    );
  },
);

it('J6: says where a newer pulumi is, when the engine is too old or does not know the question', async () => {
  const details = 'Pulumi CLI version 3.100.0 does not satisfy the version range';
  vi.spyOn(runtime, 'requirePulumiVersion').mockRejectedValue(
    Object.assign(new Error('2 UNKNOWN'), { details }),
  );
  await expect(checkVersions()).rejects.toThrow(
    `pulumi is too old for this program: ${details}. Install a newer one: https://`,
  );
});
