import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const repository = join(import.meta.dirname, '..', '..');

/** What HaStream needs beside itself; a user's npm installs them. */
const dependencies = ['@pulumi/pulumi', '@pulumi/oci', 'valibot', 'dot-properties', 'oci-common'];

interface OwnProgramOptions {
  /** This package beside it, as npm would install it: plain JavaScript from the same build. Default true. */
  readonly installed?: boolean;
}

/** Fills a folder with a project of a user, called `shop`: one file of TypeScript. */
export function ownProgram(
  code: string,
  { installed = true }: OwnProgramOptions = {},
): (directory: string) => Promise<void> {
  return async (directory) => {
    const modules = join(directory, 'node_modules');
    for (const name of dependencies) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(repository, 'node_modules', name), join(modules, name));
    }
    if (installed) await installPackage(join(modules, 'oci-streaming-ha'));
    const project =
      'name: shop\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.ts\n';
    await writeFile(join(directory, 'Pulumi.yaml'), project);
    await writeFile(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(join(directory, 'index.ts'), code);
  };
}

async function installPackage(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await cp(join(repository, 'package.json'), join(directory, 'package.json'));
  const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
  const build = [tsc, '-p', join(repository, 'tsconfig.build.json'), '--outDir', join(directory, 'dist')];
  await promisify(execFile)(process.execPath, build, { cwd: repository });
}
