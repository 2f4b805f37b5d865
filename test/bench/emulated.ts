import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Under coverage vitest keeps Node from its compile cache: 25 MiB more, and a start that no user sees. */
export const AS_USERS_RUN_IT = { ...process.env, NODE_DISABLE_COMPILE_CACHE: undefined };

/** For a child with an IPC channel: it ends with its parent, even when that is killed. */
export const WITH_PARENT = ['--import', import.meta.resolve('../../demo/programs/exit-with-parent.js')];

const LAUNCH = fileURLToPath(new URL('../../emulator/launch.js', import.meta.url));
export const PRIMARY = 'sa-saopaulo-1';
export const SECONDARY = 'sa-vinhedo-1';

/** The emulator's ready line. */
interface Ready {
  readonly regions: Readonly<Record<string, string>>;
  readonly control: string;
  readonly configFile: string;
  readonly compartmentId: string;
  /** Of the certificate, with TLS. */
  readonly caFile?: string;
}

/** A stream, and all that a client needs to use it. Plain JSON: it is handed to other processes. */
export interface Place extends Ready {
  readonly streamName: string;
  readonly streamOcid: string;
  readonly endpoint: string;
}

export interface EmulatorFlags {
  readonly tls?: boolean;
  /** Above it the oldest messages are dropped. */
  readonly maxStoredMiB?: number;
  /** As its option of this name. */
  readonly limits?: string;
  /** Of the process, where what is stored needs more than Node's usual one. */
  readonly heapMiB?: number;
}

/** An emulator in a process of its own: what it costs is in no figure of a contestant's processor time. */
export class EmulatorProcess implements AsyncDisposable {
  readonly #ready: Ready;
  readonly #end: () => Promise<void>;

  private constructor(ready: Ready, end: () => Promise<void>) {
    this.#ready = ready;
    this.#end = end;
  }

  static async start({
    tls = false,
    maxStoredMiB = 256,
    limits = 'relaxed',
    heapMiB,
  }: EmulatorFlags = {}): Promise<EmulatorProcess> {
    // `checked`: a signature that is there is verified, as the service does; the bare reader sends none.
    const flags = ['--json', '--port', '0', '--signatures', 'checked', '--when-full', 'drop-oldest'];
    const child = spawn(
      process.execPath,
      [
        ...WITH_PARENT,
        ...(heapMiB === undefined ? [] : [`--max-old-space-size=${heapMiB}`]),
        LAUNCH,
        ...flags,
        '--max-stored',
        String(maxStoredMiB),
        '--limits',
        limits,
        ...(tls ? ['--tls'] : []),
      ],
      { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], env: AS_USERS_RUN_IT },
    );
    const ended = once(child, 'exit');
    const [line] = (await Promise.race([once(child.stdout!, 'data'), ended.then(notReady)])) as [Buffer];
    return new EmulatorProcess(JSON.parse(line.toString()) as Ready, async () => {
      child.kill('SIGTERM');
      await ended;
    });
  }

  stream(name: string, partitions: number, region = PRIMARY): Promise<Place> {
    return createStream(this.#ready, name, partitions, region);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}

function notReady(): never {
  throw new Error('the emulator ended before it was ready');
}

export async function createStream(
  { regions, control, configFile, compartmentId, caFile }: Ready,
  streamName: string,
  partitions: number,
  region = PRIMARY,
): Promise<Place> {
  const ready = { regions, control, configFile, compartmentId, ...(caFile === undefined ? {} : { caFile }) };
  const details = { name: streamName, partitions };
  const { id } = (await callControl(ready, 'POST', `/streams/${region}`, details)) as { id: string };
  return { ...ready, streamName, streamOcid: id, endpoint: regions[region] ?? '' };
}

/** A request to the emulator's control listener (emulator/README.md). */
export async function callControl(
  ready: Pick<Ready, 'control'>,
  method: string,
  path: string,
  body: object,
): Promise<unknown> {
  const response = await fetch(`${ready.control}${path}`, { method, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`the emulator answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** What a user of `runtime/` sets to reach it. */
export function environmentOf(place: Place): Record<string, string> {
  return {
    OCI_CONFIG_FILE: place.configFile,
    OCI_COMPARTMENT_ID: place.compartmentId,
    OCI_PRIMARY_STREAM_NAME: place.streamName,
    OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1: place.regions[PRIMARY] ?? '',
    OCI_STREAMING_ENDPOINT_SA_VINHEDO_1: place.regions[SECONDARY] ?? '',
  };
}
