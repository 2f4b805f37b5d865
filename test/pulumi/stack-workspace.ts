import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import '../support/compile-cache.ts';
import { installStandIn } from './plugin-home.ts';
import { readUpdate, type Update } from './update.ts';

const repository = join(import.meta.dirname, '..', '..');

export interface StackOptions {
  /** The directory of `pulumi` and its language host (find-engine.ts). */
  readonly programs: string;
  /** Base URL by region: where the provider of that region sends its calls. */
  readonly regions: Readonly<{ [region: string]: string }>;
  /** On top of Pulumi.dev.yaml, whose compartment is a placeholder; values are texts, structured ones JSON. */
  readonly configuration?: Readonly<{ [key: string]: string }>;
  /** False: as cloned, with no stack yet. Default true. */
  readonly initialized?: boolean;
  /** Fills the folder of the project. Default: as this repository is cloned. */
  readonly fill?: (directory: string) => Promise<void>;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A project as a user has it, in a directory of its own: Pulumi's files and infra/ copied, a file backend, a PULUMI_HOME
 * with the stand-in provider, the stack `dev`. Several can be open at once; disposing of one removes it.
 */
export class StackWorkspace implements AsyncDisposable {
  /** Where Pulumi.yaml is; the runtime started here writes stream.properties where the stack looks for it. */
  readonly directory: string;
  /** The directory of the file backend. */
  readonly backend: string;
  readonly #root: string;
  /** What a process needs to speak to this stack with `pulumi`. */
  readonly environment: NodeJS.ProcessEnv;

  private constructor(directory: string, root: string, environment: NodeJS.ProcessEnv) {
    this.directory = directory;
    this.backend = join(root, 'backend');
    this.#root = root;
    this.environment = environment;
  }

  static async open({
    programs,
    regions,
    configuration = {},
    initialized = true,
    fill = copyRepository,
  }: StackOptions): Promise<StackWorkspace> {
    const root = await mkdtemp(join(tmpdir(), 'oci-streaming-ha-stack-'));
    const directory = join(root, 'project');
    const backend = join(root, 'backend');
    const home = join(root, 'home');
    await Promise.all([mkdir(directory), mkdir(backend), installStandIn(home)]);
    await fill(directory);
    const overrides = Object.entries(regions).flatMap(([region, base]) => {
      const name = region.toUpperCase().replaceAll('-', '_');
      return [
        [`CLIENT_HOST_OVERRIDES_${name}`, `oci_streaming.StreamAdminClient=${base}`],
        // The record names the emulator: only an endpoint that the user names too is believed.
        [`OCI_STREAMING_ENDPOINT_${name}`, base],
      ];
    });
    const workspace = new StackWorkspace(directory, root, {
      ...process.env,
      ...(Object.fromEntries(overrides) as NodeJS.ProcessEnv),
      // The language host runs the first `node` that it finds, and only 22.18 and later strip types.
      PATH: [dirname(process.execPath), programs, process.env['PATH']].join(delimiter),
      OCI_STAND_IN_RETRY_MS: '1500',
      PULUMI_HOME: home,
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: '',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    });
    if (initialized) {
      await workspace.must('stack', 'init', 'dev');
      await workspace.configure(configuration);
    }
    return workspace;
  }

  /** The name in Pulumi.yaml, before each key of the configuration. */
  get #project(): string {
    return /^name: (.+)$/m.exec(readFileSync(join(this.directory, 'Pulumi.yaml'), 'utf8'))?.[1] ?? '';
  }

  async configure(values: Readonly<{ [key: string]: string }>): Promise<void> {
    const entries = Object.entries(values).map(([key, value]) => [
      `${this.#project}:${key}`,
      { value, secret: false, ...(value.startsWith('{') && { objectValue: JSON.parse(value) as unknown }) },
    ]);
    if (entries.length > 0) {
      await this.must('config', 'set-all', '--json', JSON.stringify(Object.fromEntries(entries)));
    }
  }

  /** Pulumi.<stack>.yaml as it is now, to be put back. */
  async configurationFile(stack = 'dev'): Promise<{ restore(): Promise<void> }> {
    const file = join(this.directory, `Pulumi.${stack}.yaml`);
    const text = await readFile(file, 'utf8');
    return { restore: () => writeFile(file, text) };
  }

  /** Writes stream.properties as the runtime (or the Java program) would. */
  async record(lines: string): Promise<void> {
    await writeFile(join(this.directory, 'stream.properties'), lines);
  }

  async up(...flags: readonly string[]): Promise<Update> {
    const ran = await this.run('up', '--yes', '--skip-preview', '--json', ...flags);
    return readUpdate(ran.code, ran.stdout);
  }

  async destroy(): Promise<Update> {
    const ran = await this.run('destroy', '--yes', '--skip-preview', '--json');
    return readUpdate(ran.code, ran.stdout);
  }

  /** What `pulumi stack output --json` prints. */
  async outputs(): Promise<{ [name: string]: string | null }> {
    return JSON.parse(await this.must('stack', 'output', '--json')) as { [name: string]: string | null };
  }

  /** Writes them to a file, for machines without `pulumi`; returns its path. */
  async saveOutputs(): Promise<string> {
    const file = join(this.directory, 'outputs.json');
    await writeFile(file, await this.must('stack', 'output', '--json'));
    return file;
  }

  /** Runs `pulumi` in the project; never throws for an exit code. */
  async run(...parameters: string[]): Promise<Ran> {
    const child = spawn('pulumi', [...parameters, '--non-interactive', '--color', 'never'], {
      cwd: this.directory,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const code = new Promise<number>((resolve, reject) => {
      child.once('error', reject).once('close', (exit) => resolve(exit ?? 1));
    });
    const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), code]);
    return { code: exit, stdout, stderr };
  }

  async must(...parameters: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...parameters);
    if (code !== 0) throw new Error(`pulumi ${parameters.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }
}

async function copyRepository(directory: string): Promise<void> {
  for (const part of ['Pulumi.yaml', 'Pulumi.dev.yaml', 'infra', 'package.json']) {
    await cp(join(repository, part), join(directory, part), { recursive: true });
  }
  for (const part of ['node_modules', 'runtime']) {
    await symlink(join(repository, part), join(directory, part));
  }
}
