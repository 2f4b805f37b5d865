import { writeFile } from 'node:fs/promises';

import { ConfigFileAuthenticationDetailsProvider } from 'oci-common';
import { models, StreamClient } from 'oci-streaming';
import { vi } from 'vitest';

import type { EmulatorOptions } from '../../../emulator/index.ts';
import type { StreamConsumer } from '../../../runtime/consumer/index.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../../support/emulated-world.ts';

/** Both streams in emulated regions over real HTTP, and messages that another program puts there. */
export class TwoStreams implements AsyncDisposable {
  readonly world: EmulatedWorld;
  readonly received: string[] = [];
  readonly #ocids: Readonly<Record<string, string>>;
  readonly #client: StreamClient;
  #puts = 0;

  private constructor(world: EmulatedWorld, secondaryOcid: string) {
    this.world = world;
    this.#ocids = { [SAO_PAULO]: world.primaryOcid, [VINHEDO]: secondaryOcid };
    const { configFile } = world.emulator;
    const authenticationDetailsProvider = new ConfigFileAuthenticationDetailsProvider(configFile, 'DEFAULT');
    this.#client = new StreamClient({ authenticationDetailsProvider });
  }

  static async start(
    partitions: { primary?: number; secondary?: number } = {},
    options: EmulatorOptions = {},
  ): Promise<TwoStreams> {
    const world = await EmulatedWorld.start({ ...options, partitions: partitions.primary ?? 1 });
    const ocid = await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM', partitions.secondary ?? 1);
    return new TwoStreams(world, ocid);
  }

  /** What a producer writes down. */
  async record(activeRegion: string): Promise<void> {
    const lines = [
      `SECONDARY_STREAM_OCID=${this.#ocids[VINHEDO]}`,
      `SECONDARY_STREAM_ENDPOINT=${this.world.emulator.regions[VINHEDO]}`,
      `ACTIVE_REGION=${activeRegion}`,
    ];
    await writeFile(this.world.recordFile, `${lines.join('\n')}\n`);
  }

  /** Puts texts that are all different, with as many keys, the same each time, so that they spread over the partitions. Gives them back. */
  async put(region: string, count: number): Promise<string[]> {
    const texts = Array.from({ length: count }, () => `${region} ${this.#puts++}`);
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    this.#client.endpoint = this.world.emulator.regions[region] ?? '';
    await this.#client.putMessages({
      streamId: this.#ocids[region] ?? '',
      putMessagesDetails: {
        messages: texts.map((text, index) => ({ key: base64(`${region} ${index}`), value: base64(text) })),
      },
    });
    return texts;
  }

  /** As an operator does: takes the consumers' group back to the oldest message. */
  async resetGroup(region: string): Promise<void> {
    this.#client.endpoint = this.world.emulator.regions[region] ?? '';
    await this.#client.updateGroup({
      streamId: this.#ocids[region] ?? '',
      groupName: 'oci-streaming-ha',
      updateGroupDetails: { type: models.UpdateGroupDetails.Type.TrimHorizon },
    });
  }

  /** Names of the consumer groups that a region knows. */
  groups(region: string): string[] {
    return (this.#stream(region)?.groups ?? []).map(({ name }) => name);
  }

  /** Reads on until the consumer is closed. */
  readOn(consumer: StreamConsumer): void {
    void consumer.run((message) => this.received.push(message.text())).catch(() => {});
  }

  /** Resolves when all of them came; how often does not matter. */
  async arrived(texts: readonly string[], withinMs = 45_000): Promise<void> {
    const came = (): boolean => texts.every((text) => this.received.includes(text));
    await vi.waitUntil(came, { timeout: withinMs, interval: 20 });
  }

  /** Messages that a new member of the group would still get, by the region's own word. */
  uncommitted(region: string): number {
    const places = this.#reservations(region);
    const partitions = this.#stream(region)?.partitions ?? [];
    const left = partitions.map(
      ({ nextOffset }, index) => nextOffset - 1 - (places[index]?.committedOffset ?? -1),
    );
    return left.reduce((sum, count) => sum + count, 0);
  }

  /** Which member holds each partition. */
  holders(region: string): (string | undefined)[] {
    return this.#reservations(region).map(({ instance }) => instance);
  }

  #reservations(region: string) {
    return this.#stream(region)?.groups.find(({ name }) => name === 'oci-streaming-ha')?.reservations ?? [];
  }

  #stream(region: string) {
    return this.world.emulator.state().regions[region]?.streams[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.world[Symbol.asyncDispose]();
  }
}
