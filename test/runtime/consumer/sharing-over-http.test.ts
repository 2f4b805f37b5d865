import { describe, expect, test, vi } from 'vitest';

import { SAO_PAULO } from '../../support/emulated-world.ts';
import { TwoStreams } from './two-streams.ts';

/** How the calls of an operation in a region ended, by the emulator's access log. */
class CallEnds {
  readonly #ends = new Map<string, string[]>();

  /** `<time> <region> <operation> <end> …` */
  readonly log = (line: string): void => {
    const [, region, operation, end] = line.split(' ');
    const name = `${region} ${operation}`;
    this.#ends.set(name, [...(this.#ends.get(name) ?? []), end ?? '']);
  };

  of(operation: string, region = SAO_PAULO): string[] {
    return this.#ends.get(`${region} ${operation}`) ?? [];
  }
}

describe.concurrent('members under strict limits, over HTTP', () => {
  test('H20, H17: three that share a stream: under 1 % of reads are 429, and no other call is', async () => {
    const calls = new CallEnds();
    await using streams = await TwoStreams.start({ primary: 6 }, { limits: 'strict', log: calls.log });
    await streams.record(SAO_PAULO);
    const texts: string[] = [];
    for (let member = 0; member < 3; member++) streams.readOn(await streams.world.consumer());
    const holders = (): number => new Set(streams.holders(SAO_PAULO)).size;
    while (texts.length < 3_000 || holders() < 3) {
      const before = calls.of('GetMessages').length;
      texts.push(...(await streams.put(SAO_PAULO, 100)));
      await vi.waitUntil(() => calls.of('GetMessages').length > before + 10, { timeout: 45_000 });
    }
    await streams.arrived(texts);

    const reads = calls.of('GetMessages');
    const refused = reads.filter((end) => end === '429');
    expect(reads.length).toBeGreaterThan(250);
    expect(refused.length / reads.length).toBeLessThan(0.01);
    for (const operation of ['CreateGroupCursor', 'ConsumerHeartbeat', 'ConsumerCommit', 'GetGroup']) {
      expect(calls.of(operation)).not.toContain('429');
    }
    expect(new Set(streams.received)).toEqual(new Set(texts));
  });

  test('H22: one that is closed leaves its partitions, and another one reads them within 2 s', async () => {
    const calls = new CallEnds();
    await using streams = await TwoStreams.start({ primary: 4 }, { limits: 'strict', log: calls.log });
    const { world } = streams;
    await streams.record(SAO_PAULO);
    const first = await world.consumer();
    const second = await world.consumer();
    streams.readOn(first);
    streams.readOn(second);
    const holders = (): (string | undefined)[] => streams.holders(SAO_PAULO);
    const isShared = (): boolean => new Set(holders()).size === 2 && !holders().includes(undefined);
    await vi.waitUntil(isShared, { timeout: 45_000 });
    // Reads that give nothing, until both pause as long as they ever do.
    const reads = calls.of('GetMessages').length;
    await vi.waitUntil(() => calls.of('GetMessages').length > reads + 40, { timeout: 45_000 });
    await first.close();
    const closedAt = world.emulator.clock.now();
    await streams.arrived(await streams.put(SAO_PAULO, 40), 10_000);

    expect(world.emulator.clock.now() - closedAt).toBeLessThanOrEqual(2_000);
  });
});
