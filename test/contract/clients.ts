import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One of Oracle's own clients, as a program of its own that walks through the operations. */
export interface Client {
  /** As in the table of operations. */
  readonly name: 'npm' | 'PyPI' | 'Java' | 'Go';
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The class of its exception for what the service refuses. */
  readonly refusal: RegExp;
  /** Whether it makes objects of classes of its own from answers. */
  readonly typed: boolean;
  /** Whether it says where an answer is not as its models have it: what they do not know, or call mandatory and miss. */
  readonly strict: boolean;
}

const { dirname: here } = import.meta;
const INSTALLER = join(here, '../../.ci/contract-clients');

export const npm: Client = {
  name: 'npm',
  program: process.execPath,
  args: [fileURLToPath(new URL('./node/walk.ts', import.meta.url))],
  env: {},
  refusal: /^OciError$/,
  typed: false,
  strict: false,
};

/** PyPI's `oci`. */
export function pypi(): Client | undefined {
  const found = installed('python', "PyPI's oci");
  if (found === undefined) return undefined;
  const directory = found.get('python')!;
  return {
    name: 'PyPI',
    program: found.get('interpreter')!,
    args: [join(here, 'python/walk.py')],
    // What Python compiles is kept there too: importing it is then a matter of a second.
    env: { PYTHONPATH: directory, PYTHONPYCACHEPREFIX: `${directory}-compiled` },
    refusal: /^oci\.exceptions\.(Transient)?ServiceError$/,
    typed: true,
    strict: false,
  };
}

/** The Java SDK, running `main`. */
export function java(main = 'Walk'): Client | undefined {
  const classPath = installed('java', 'the Java SDK')?.get('java');
  if (classPath === undefined) return undefined;
  return {
    name: 'Java',
    program: 'java',
    // A short life: the best compiler would cost more than it gives.
    args: ['-XX:TieredStopAtLevel=1', '-cp', classPath, main],
    env: {},
    refusal: /^com\.oracle\.bmc\.model\.BmcException$/,
    typed: true,
    strict: false,
  };
}

/** The Go SDK. */
export function go(): Client | undefined {
  const program = installed('go', 'the Go SDK')?.get('go');
  if (program === undefined) return undefined;
  return {
    name: 'Go',
    program,
    args: [],
    env: {},
    refusal: /^common\.servicefailure$/,
    typed: true,
    strict: true,
  };
}

/**
 * What .ci/contract-clients has installed of a client. Without it: undefined and one line that says how to get it; in
 * CI, where these tests must run, an error.
 */
function installed(what: 'python' | 'java' | 'go', client: string): ReadonlyMap<string, string> | undefined {
  const { stdout } = spawnSync(INSTALLER, ['--find'], { encoding: 'utf8' });
  const lines = [...(stdout ?? '').matchAll(/^(\w+)=(.+)$/gm)];
  const found = new Map(lines.map(([, name, value]) => [name!, value!]));
  if (found.has(what)) return found;
  const remedy = 'Run .ci/contract-clients once to get it.';
  if (process.env['CI'] === 'true')
    throw new Error(`${client} is not installed, and in CI its contract tests must run. ${remedy}`);
  process.stderr.write(`Skipped for lack of ${client}: its contract tests. ${remedy}\n`);
  return undefined;
}
