import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigFileAuthenticationDetailsProvider } from 'oci-common';
import { StreamAdminClient } from 'oci-streaming';
import { vi } from 'vitest';

import { startEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts';
import type { HaEvent } from '../../runtime/events.ts';
import {
  openConsumer,
  openManager,
  openProducer,
  type OpenContext,
  type ReceiptWith,
} from '../../runtime/wiring/index.ts';
import type { StreamManager, StreamProducer } from '../../runtime/producer/index.ts';
import type { ConsumerOptions, Exact, ProducerOptions } from '../../runtime/settings/index.ts';

export const SAO_PAULO = 'sa-saopaulo-1';
export const VINHEDO = 'sa-vinhedo-1';

type Stored = ReturnType<Emulator['ledger']>[number];

/**
 * Two emulated regions with a primary stream, a directory of its own for stream.properties, and producers and consumers
 * over the real SDK and real HTTP. Closes everything that it opened.
 */
export class EmulatedWorld implements AsyncDisposable {
  readonly emulator: Emulator;
  readonly directory: string;
  readonly primaryOcid: string;
  readonly events: HaEvent[] = [];
  readonly #opened: AsyncDisposable[] = [];
  readonly #watchers = new Set<() => void>();

  private constructor(emulator: Emulator, directory: string, primaryOcid: string) {
    this.emulator = emulator;
    this.directory = directory;
    this.primaryOcid = primaryOcid;
  }

  static async start(options: EmulatorOptions & { partitions?: number } = {}): Promise<EmulatedWorld> {
    const { partitions = 3, ...rest } = options;
    const emulator = await startEmulator(rest);
    const stream = await makeStream(emulator, SAO_PAULO, 'OCI-PRIMARY-STREAM', partitions);
    return new EmulatedWorld(emulator, await mkdtemp(join(tmpdir(), 'oci-ha-test-')), stream);
  }

  get recordFile(): string {
    return join(this.directory, 'stream.properties');
  }

  /** What a user's shell would have: nothing of the machine's own leaks in. */
  get environment(): Record<string, string> {
    const { regions, configFile, compartmentId } = this.emulator;
    return {
      OCI_CONFIG_FILE: configFile,
      OCI_COMPARTMENT_ID: compartmentId,
      OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1: regions[SAO_PAULO] ?? '',
      OCI_STREAMING_ENDPOINT_SA_VINHEDO_1: regions[VINHEDO] ?? '',
      STREAM_PROPERTIES: this.recordFile,
    };
  }

  async producer<O extends ProducerOptions = { readonly outbox: 'off' }>(
    options?: Exact<O, ProducerOptions>,
  ): Promise<StreamProducer<ReceiptWith<O>>> {
    return this.#keep(await openProducer<O>(options, this.context()));
  }

  async manager<O extends ProducerOptions = { readonly outbox: 'off' }>(
    options?: Exact<O, ProducerOptions>,
  ): Promise<StreamManager<ReceiptWith<O>>> {
    return this.#keep(await openManager<O>(options, this.context()));
  }

  async consumer(options: ConsumerOptions = {}): ReturnType<typeof openConsumer> {
    return this.#keep(await openConsumer(options, this.context()));
  }

  makeStream(region: string, name: string, partitions = 3): Promise<string> {
    return makeStream(this.emulator, region, name, partitions);
  }

  async deleteStream(region: string, ocid: string): Promise<void> {
    const client = adminClient(this.emulator, region);
    await client.deleteStream({ streamId: ocid });
    await untilState(client, ocid, 'DELETED');
  }

  eventsOf<T extends HaEvent['type']>(type: T): Extract<HaEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<HaEvent, { type: T }> => event.type === type);
  }

  /** Resolves with the first event of this type, past or future. */
  event<T extends HaEvent['type']>(type: T): Promise<Extract<HaEvent, { type: T }>> {
    return new Promise((resolve) => {
      const look = (): void => {
        const [found] = this.eventsOf(type);
        if (found === undefined) return;
        this.#watchers.delete(look);
        resolve(found);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** What a region holds, as text, in the order of partition and offset. */
  stored(region: string): (Stored & { text: string; keyText: string | null })[] {
    return this.emulator.ledger({ region }).map((entry) => ({
      ...entry,
      text: Buffer.from(entry.value, 'base64').toString(),
      keyText: entry.key === null ? null : Buffer.from(entry.key, 'base64').toString(),
    }));
  }

  texts(region: string): string[] {
    return this.stored(region).map((entry) => entry.text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What a test left in an outage must not hold up its end.
    for (const region of [SAO_PAULO, VINHEDO]) await this.emulator.clearFaults(region);
    await Promise.all(this.#opened.map((each) => each[Symbol.asyncDispose]()));
    await this.emulator.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  #keep<T extends AsyncDisposable>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }

  /** What the public functions need to work in this world. */
  context(): OpenContext {
    return {
      environment: this.environment,
      directory: this.directory,
      listener: (event) => {
        this.events.push(event);
        for (const look of this.#watchers) look();
      },
    };
  }
}

/** As a person with the official client would make it: signed, and waited for. */
async function makeStream(
  emulator: Emulator,
  region: string,
  name: string,
  partitions: number,
): Promise<string> {
  const { compartmentId } = emulator;
  const client = adminClient(emulator, region);
  const createStreamDetails = { name, partitions, compartmentId, retentionInHours: 48 };
  const { stream } = await client.createStream({ createStreamDetails });
  await untilState(client, stream.id, 'ACTIVE');
  return stream.id;
}

async function untilState(client: StreamAdminClient, streamId: string, state: string): Promise<void> {
  const hasIt = async (): Promise<boolean> =>
    (await client.getStream({ streamId })).stream.lifecycleState.toString() === state;
  await vi.waitUntil(hasIt, { timeout: 45_000 });
}

function adminClient(emulator: Emulator, region: string): StreamAdminClient {
  const authenticationDetailsProvider = new ConfigFileAuthenticationDetailsProvider(
    emulator.configFile,
    'DEFAULT',
  );
  const client = new StreamAdminClient({ authenticationDetailsProvider });
  client.endpoint = emulator.regions[region] ?? '';
  return client;
}
