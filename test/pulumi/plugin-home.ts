import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The version of @pulumi/oci that infra/ asks the engine for. */
const ociVersion = '4.20.0';

const standIn = join(import.meta.dirname, 'stand-in', 'main.ts');

/** Installs the stand-in as the `oci` provider of a PULUMI_HOME: a program in a directory of the right name. */
export async function installStandIn(pulumiHome: string): Promise<void> {
  const directory = join(pulumiHome, 'plugins', `resource-oci-v${ociVersion}`);
  const program = join(directory, 'pulumi-resource-oci');
  await mkdir(directory, { recursive: true });
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${standIn}' "$@"\n`);
  await chmod(program, 0o755);
}
