import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const repository = join(import.meta.dirname, '..', '..');

/** What HaStream needs beside itself; a user's npm installs them. */
const dependencies = ['@pulumi/pulumi', '@pulumi/oci', 'valibot', 'dot-properties', 'oci-common'];

/**
 * A project of a user, called `shop`: one file of TypeScript, with this package installed as npm would, plain JavaScript from
 * the same build.
 */
export function ownProgram(code: string): (directory: string) => Promise<void> {
  return async (directory) => {
    const modules = join(directory, 'node_modules');
    const installed = join(modules, 'oci-streaming-ha');
    await mkdir(installed, { recursive: true });
    await cp(join(repository, 'package.json'), join(installed, 'package.json'));
    const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    const build = [tsc, '-p', join(repository, 'tsconfig.build.json'), '--outDir', join(installed, 'dist')];
    await promisify(execFile)(process.execPath, build, { cwd: repository });
    for (const name of dependencies) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(repository, 'node_modules', name), join(modules, name));
    }
    const project =
      'name: shop\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.ts\n';
    await writeFile(join(directory, 'Pulumi.yaml'), project);
    await writeFile(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(join(directory, 'index.ts'), code);
  };
}
