import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** As in .ci/pulumi-cli, which builds it. */
const engineVersion = '3.259.0';

/** The directory that holds `pulumi` and its Node.js language host: what .ci/pulumi-cli made, else one on PATH. */
export function findEngine(): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const made = join(cache, 'oci-streaming-ha', `pulumi-${engineVersion}`, 'bin');
  const onPath = (process.env['PATH'] ?? '').split(delimiter);
  return [made, ...onPath].find((directory) =>
    ['pulumi', 'pulumi-language-nodejs'].every((program) => isProgram(join(directory, program))),
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
