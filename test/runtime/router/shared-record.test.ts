import { describe, expect, test } from 'vitest';

import type { RecordedRouting, Role, StreamRef } from '../../../runtime/core/index.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { Producer } from '../../../runtime/producer/index.ts';
import { Router } from '../../../runtime/router/index.ts';
import { readSettings, type Options } from '../../../runtime/settings/index.ts';
import { Provisioner } from '../../../runtime/streams/index.ts';
import { FakeRegion, status } from '../../support/fake-region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const compartmentId = 'ocid1.compartment.oc1..x';
const WATCHED_EVERY_MS = 500;

interface Process {
  readonly router: Router;
  readonly producer: Producer;
  readonly events: HaEvent[];
}

/** Processes that share a record and both regions. */
class Host {
  readonly clock = new VirtualClock(3);
  readonly primary = new FakeRegion('sa-saopaulo-1', this.clock);
  readonly secondary = new FakeRegion('sa-vinhedo-1', this.clock);
  readonly primaryStream: StreamRef;
  readonly processes: Process[] = [];
  /** Everything that was written, by processes and by hand. */
  readonly written: RecordedRouting[] = [];
  #seen = new Map<Process, RecordedRouting | undefined>();

  constructor(count: number, options: Options = {}) {
    this.primaryStream = this.primary.addStream('ocid1.stream.oc1.sa-saopaulo-1.p', { name: 'P' });
    for (let each = 0; each < count; each++) this.start(options);
    this.#watch();
  }

  get record(): RecordedRouting | undefined {
    return this.written.at(-1);
  }

  get active(): (Role | undefined)[] {
    return this.processes.map(({ router }) => router.status.active?.role);
  }

  /** As a person, or a program that knows nothing of routing. */
  writeByHand(record: RecordedRouting): void {
    this.written.push(record);
  }

  start(options: Options = {}, recorded = this.record): Process {
    const { clock, primary, secondary, primaryStream } = this;
    const settings = readSettings({ compartmentId, ...options }, {});
    const events: HaEvent[] = [];
    const emit = (event: HaEvent): void => void events.push(event);
    const shape = {
      partitions: 1,
      retentionInHours: 24,
      compartmentId,
      primaryOcid: primaryStream.ocid,
      isKnown: true,
    };
    const provisioner = new Provisioner({
      region: secondary,
      name: settings.secondaryStreamName,
      shape: () => Promise.resolve(shape),
      limits: settings,
      clock,
      emit,
    });
    const router: Router = new Router({
      settings,
      clock,
      emit,
      regions: { primary, secondary },
      locate: {
        primary: () => Promise.resolve({ type: 'located', stream: primaryStream }),
        secondary: (signal) => provisioner.locate(recorded?.secondary?.ocid, signal),
      },
      checkStandby: (signal) => provisioner.check(signal),
      sink: {
        write: async (record) => {
          this.written.push(record);
          this.#seen.set(process, record);
        },
        remember: () => {},
        close: () => Promise.resolve(),
      },
      start: {
        active: recorded?.active ?? 'primary',
        streams: { primary: primaryStream, secondary: recorded?.secondary },
        recorded,
      },
    });
    const onClosed = (): Promise<void> => router.close();
    const producer = new Producer({ router, clock, emit, settings, onClosed });
    const process: Process = { router, producer, events };
    this.#seen.set(process, recorded);
    this.processes.push(process);
    return process;
  }

  /** Sends one message with each process, every `everyMs`. */
  async traffic(ms: number, everyMs = 200, senders = this.processes): Promise<void> {
    for (let passed = 0; passed < ms; passed += everyMs) {
      for (const { producer } of senders) void producer.send({ key: 'k', value: 'x' });
      await this.clock.pass(everyMs);
    }
  }

  #watch(): void {
    this.clock.after(WATCHED_EVERY_MS, () => {
      const { record } = this;
      for (const process of this.processes) {
        if (record === undefined || this.#seen.get(process) === record) continue;
        this.#seen.set(process, record);
        process.router.recordChanged(record);
      }
      this.#watch();
    });
  }
}

const switchesOf = ({ events }: Process): HaEvent[] =>
  events.filter(({ type }) => type === 'failover-done' || type === 'failback-done');

describe('G8, R7: processes that share a record', () => {
  test('G8, R7: one fails over, the idle ones follow within 5 s, without a verdict of their own', async () => {
    const host = new Host(3);
    const [first, ...idle] = host.processes;
    host.primary.fail(status(503));
    while (first!.router.status.active?.role !== 'secondary') await host.traffic(200, 200, [first!]);
    await host.clock.pass(5_000);
    expect(host.active).toEqual(['secondary', 'secondary', 'secondary']);
    for (const process of idle) {
      expect(process.events.map(({ type }) => type)).not.toContain('failover-started');
      const at = host.clock.now();
      const receipt = await host.clock.passUntil(process.producer.send({ value: 'x' }));
      expect(receipt.region).toBe('sa-vinhedo-1');
      expect(host.clock.now() - at).toBeLessThan(100);
    }
    // Nobody writes what is written already.
    expect(host.written).toHaveLength(1);
  });

  test('G8, INV-4: all fail over at once, no secondary exists: one stream, one record that all agree on', async () => {
    const host = new Host(4);
    host.primary.fail(status(503));
    await host.traffic(20_000);
    expect(new Set(host.active)).toEqual(new Set(['secondary']));
    expect(host.secondary.streams).toHaveLength(1);
    const streams = host.processes.map(({ router }) => router.status.active?.stream?.ocid);
    expect(new Set(streams)).toEqual(new Set([host.record?.secondary?.ocid]));
    expect(host.written.length).toBeLessThanOrEqual(4);
  });

  test('G8: one fails back, the others follow; at most one trial batch each', async () => {
    const host = new Host(3, { failbackAfterMs: 10_000, probeIntervalMs: 1_000 });
    host.primary.fail(status(503));
    await host.traffic(12_000);
    expect(new Set(host.active)).toEqual(new Set(['secondary']));
    host.primary.heal();
    await host.traffic(60_000);
    expect(host.active).toEqual(['primary', 'primary', 'primary']);
    const writes = host.written.length;
    await host.traffic(60_000);
    expect(host.written).toHaveLength(writes);
    for (const process of host.processes) expect(switchesOf(process)).toHaveLength(2);
  });

  test('INV-4: two processes with two secondaries end on the one that was written last, and stop writing', async () => {
    const host = new Host(0);
    const { secondary } = host;
    const [x, y] = ['x', 'y'].map((name) => secondary.addStream(`ocid1.stream.oc1.sa-vinhedo-1.${name}`));
    host.start({}, { active: 'secondary', secondary: x });
    host.start({}, { active: 'secondary', secondary: y });
    host.primary.fail(status(503));
    await host.traffic(2_000);
    host.writeByHand({ active: 'secondary', secondary: y });
    await host.traffic(60_000, 1_000);
    const streams = host.processes.map(({ router }) => router.status.active?.stream?.ocid);
    expect(streams).toEqual([y?.ocid, y?.ocid]);
    expect(host.written).toHaveLength(1);
    expect(host.processes[0]!.events.filter(({ type }) => type === 'first-stored')).toMatchObject([
      { stream: { ocid: y?.ocid } },
    ]);
  });
});

describe('G9: the record is changed by hand while producers run', () => {
  test('G9: obeyed by all within 5 s, there and back; in-flight batches finish where they are', async () => {
    const host = new Host(2, { failback: false });
    const stream = host.secondary.addStream('ocid1.stream.oc1.sa-vinhedo-1.s');
    await host.traffic(1_000);
    host.writeByHand({ active: 'secondary', secondary: stream });
    await host.traffic(5_000);
    expect(host.active).toEqual(['secondary', 'secondary']);
    host.writeByHand({ active: 'primary', secondary: stream });
    await host.traffic(5_000);
    expect(host.active).toEqual(['primary', 'primary']);
    expect(host.written).toHaveLength(2);
    const stats = host.processes.map(({ producer }) => producer.stats());
    expect(stats.map(({ failed }) => failed)).toEqual([0, 0]);
  });

  test('G9: it names a region that takes no messages: refused in words, nobody writes it back, messages flow on', async () => {
    const host = new Host(2);
    const stream = host.secondary.addStream('ocid1.stream.oc1.sa-vinhedo-1.s');
    host.secondary.fail(status(503));
    await host.traffic(1_000);
    host.writeByHand({ active: 'secondary', secondary: stream });
    await host.traffic(10_000);
    expect(host.active).toEqual(['primary', 'primary']);
    for (const { events, producer } of host.processes) {
      expect(events.filter(({ type }) => type === 'switch-refused')).toMatchObject([
        { region: 'sa-vinhedo-1', because: expect.stringContaining('503') as string },
      ]);
      expect(producer.stats().failed).toBe(0);
    }
    expect(host.written).toHaveLength(1);
  });

  test('E9, G9: it names a stream that does not exist: another one is found or made, and the record says so', async () => {
    const host = new Host(2);
    const gone = host.secondary.addStream('ocid1.stream.oc1.sa-vinhedo-1.gone', { state: 'DELETED' });
    host.secondary.putBehaviour = ({ stream }) => (stream.ocid === gone.ocid ? status(404) : undefined);
    host.writeByHand({ active: 'secondary', secondary: gone });
    await host.traffic(10_000);
    expect(host.active).toEqual(['secondary', 'secondary']);
    expect(host.record?.secondary?.ocid).not.toBe(gone.ocid);
    expect(host.secondary.stored.length).toBeGreaterThan(50);
  });

  test('G6, G8: an operator’s failover of one process moves them all, and says who and why', async () => {
    const host = new Host(3, { failback: false });
    host.secondary.addStream('ocid1.stream.oc1.sa-vinhedo-1.s');
    await host.traffic(2_000);
    host.processes[0]!.router.command('failover', 'ops', 'an exercise');
    await host.traffic(2_000);
    expect(new Set(host.active)).toEqual(new Set(['secondary']));
    expect(switchesOf(host.processes[0]!)).toMatchObject([
      { because: expect.stringContaining('ops (an exercise)') as string },
    ]);
    host.processes[1]!.router.command('failback', 'ops', 'over');
    await host.traffic(2_000);
    expect(new Set(host.active)).toEqual(new Set(['primary']));
  });
});

test('G7, R6: a restart begins where the record says, with what it says, and asks nobody first', async () => {
  const host = new Host(1);
  host.primary.fail(status(503));
  await host.traffic(12_000);
  const before = host.primary.puts;
  const again = host.start();
  const at = host.clock.now();
  const receipt = await host.clock.passUntil(again.producer.send({ value: 'x' }));
  expect(receipt).toMatchObject({ region: 'sa-vinhedo-1', stream: host.record?.secondary?.ocid });
  expect(host.clock.now() - at).toBeLessThan(20);
  expect(host.primary.puts).toBe(before);
});
