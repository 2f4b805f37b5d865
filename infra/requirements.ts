import { RunError, runtime } from '@pulumi/pulumi';
import { getVersion } from '@pulumi/oci/utilities.js';

/**
 * The oldest version that the tests have run with, as in Pulumi.yaml:
 * https://pkg.go.dev/github.com/blang/semver#ParseRange.
 */
export const engineRange = '>=3.259.0';
/** The npm package names the plugin of the same version, which the engine then runs. */
const oldestProvider = '4.20.0';

/** @throws RunError that says what to update, when the engine or the provider is older than the tested ones */
export async function checkVersions(providerVersion: string = getVersion()): Promise<void> {
  if (isOlder(providerVersion, oldestProvider)) {
    throw new RunError(
      `@pulumi/oci is ${providerVersion}, and this needs ${oldestProvider} or newer: npm install @pulumi/oci@${oldestProvider}`,
    );
  }
  try {
    await runtime.requirePulumiVersion(engineRange);
  } catch (error) {
    const { details, message } = error as Error & { readonly details?: string };
    throw new RunError(
      `pulumi is too old for this program: ${details ?? message}. Install a newer one: https://www.pulumi.com/docs/iac/download-install/`,
    );
  }
}

function isOlder(version: string, oldest: string): boolean {
  const [is = [], needed = []] = [version, oldest].map((text) =>
    text.split('.').map((part) => parseInt(part, 10)),
  );
  const at = needed.findIndex((part, index) => part !== is[index]);
  return at !== -1 && (is[at] ?? 0) < (needed[at] ?? 0);
}
