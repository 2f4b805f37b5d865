import {
  inShort,
  type Hold,
  type RecordedRouting,
  type Role,
  type StreamRef,
} from '../../../runtime/core/index.ts';
import { eventOutlet, type EventListener, type HaEvent } from '../../../runtime/events.ts';
import { Outbox, type OutboxStore } from '../../../runtime/outbox/index.ts';
import { Producer } from '../../../runtime/producer/index.ts';
import {
  Router,
  type ActiveRegionSink,
  type RouterParts,
  type RouterStart,
} from '../../../runtime/router/index.ts';
import { readSettings, type Options, type Settings } from '../../../runtime/settings/index.ts';
import { Provisioner } from '../../../runtime/streams/index.ts';
import { MemoryDisk, type MemoryStore } from '../../support/memory-disk.ts';
import { FakeRegion } from '../../support/fake-region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

export interface WorldOptions {
  readonly seed?: number;
  readonly settings?: Options;
  readonly active?: Role;
  /** Whether the secondary stream exists and is known; else it must be made. */
  readonly secondaryReady?: boolean;
  /** What the record says at the start; by default what `active` needs. */
  readonly recorded?: RecordedRouting | undefined;
  readonly hold?: Hold;
  readonly lastFailbackAt?: number;
  readonly listener?: EventListener;
  /** Runs before the router begins. */
  readonly prepare?: (regions: { primary: FakeRegion; secondary: FakeRegion }) => void;
  /** The disk of an outbox; the settings say how it is used. */
  readonly hasDisk?: boolean;
  /** The store of an outbox on another disk. */
  readonly outboxStore?: OutboxStore;
  /** A process that was here before: time, regions and disk are its. */
  readonly before?: World;
  /** What else the router begins with. */
  readonly start?: Partial<RouterStart>;
}

export function outboxOn(
  store: OutboxStore,
  { settings, ...parts }: { clock: VirtualClock; emit: EventListener; settings: Settings },
): Outbox {
  return new Outbox({
    ...parts,
    store,
    directory: 'outbox/0',
    limits: settings,
    acknowledge: settings.outbox === 'always' ? settings.acknowledge : 'disk',
    openLeft: () => Promise.resolve(undefined),
  });
}

const compartmentId = 'ocid1.compartment.oc1..x';

/** A router and a producer between two fake regions, in virtual time. */
export class World {
  readonly clock: VirtualClock;
  readonly primary: FakeRegion;
  readonly secondary: FakeRegion;
  readonly router: Router;
  readonly producer: Producer;
  readonly disk: MemoryDisk | undefined;
  readonly store: MemoryStore | undefined;
  readonly settings: Settings;
  readonly events: HaEvent[] = [];
  /** Regions that the record named as active, in order. */
  readonly recorded: string[] = [];
  readonly records: RecordedRouting[] = [];
  readonly remembered: Parameters<ActiveRegionSink['remember']>[0][] = [];
  readonly primaryStream: StreamRef;
  /** The secondary, when it was ready at the start. */
  readonly secondaryStream: StreamRef | undefined;
  writeRecord: () => Promise<void> = () => Promise.resolve();
  /** What the router was handed besides the regions: tests may replace its methods. */
  readonly sink: ActiveRegionSink;
  readonly locate: { -readonly [R in Role]: RouterParts['locate'][R] };
  readonly standby: { checkStandby: RouterParts['checkStandby'] };
  #numbered = 0;

  constructor(options: WorldOptions = {}) {
    const { before } = options;
    const clock = before?.clock ?? new VirtualClock(options.seed);
    this.clock = clock;
    this.settings = readSettings({ compartmentId, ...options.settings }, {});
    this.primary = before?.primary ?? new FakeRegion('sa-saopaulo-1', clock);
    this.secondary = before?.secondary ?? new FakeRegion('sa-vinhedo-1', clock);
    const primaryStream =
      before?.primaryStream ??
      this.primary.addStream('ocid1.stream.oc1.sa-saopaulo-1.p', {
        name: 'OCI-PRIMARY-STREAM',
        partitions: 3,
      });
    this.primaryStream = primaryStream;
    const ready = (options.secondaryReady ?? true) || options.active === 'secondary';
    const known =
      before?.secondaryStream ??
      (ready ? this.secondary.addStream('ocid1.stream.oc1.sa-vinhedo-1.s') : undefined);
    this.secondaryStream = known;
    const active = options.active ?? 'primary';
    const listener = eventOutlet(options.listener);
    const emit = (event: HaEvent): void => {
      this.events.push(event);
      listener(event);
    };
    const provisioner = new Provisioner({
      region: this.secondary,
      name: this.settings.secondaryStreamName,
      shape: () =>
        Promise.resolve({
          partitions: 3,
          retentionInHours: 48,
          compartmentId,
          primaryOcid: primaryStream.ocid,
          isKnown: true,
        }),
      limits: this.settings,
      clock,
      emit,
    });
    this.sink = {
      write: (record, region) => {
        this.recorded.push(region);
        this.records.push(record);
        return this.writeRecord();
      },
      remember: (memory) => void this.remembered.push(memory),
      close: () => Promise.resolve(),
    };
    this.locate = {
      primary: async (signal) => {
        const answer = await this.primary.stream(primaryStream.ocid, { signal });
        if (answer.ok) return { type: 'located', stream: primaryStream };
        const unreachable = answer.failure.type === 'unreachable';
        return { type: 'not-located', problem: inShort(answer.failure), unreachable, retryInMs: 0 };
      },
      secondary: (signal) => provisioner.locate(undefined, signal),
    };
    this.standby = { checkStandby: (signal) => provisioner.check(signal) };
    options.prepare?.(this);
    this.router = new Router({
      settings: this.settings,
      clock,
      emit,
      regions: { primary: this.primary, secondary: this.secondary },
      locate: this.locate,
      checkStandby: (signal) => this.standby.checkStandby(signal),
      sink: this.sink,
      start: {
        active,
        streams: { primary: primaryStream, secondary: known },
        recorded: 'recorded' in options ? options.recorded : recordFor(active, known),
        hold: options.hold,
        lastFailbackAt: options.lastFailbackAt,
        ...options.start,
      },
    });
    this.disk = before?.disk ?? (options.hasDisk === true ? new MemoryDisk(clock) : undefined);
    this.store = this.disk?.open();
    const store = options.outboxStore ?? this.store;
    this.producer = new Producer({
      router: this.router,
      outbox: store && outboxOn(store, { clock, emit, settings: this.settings }),
      clock,
      emit,
      settings: this.settings,
      onClosed: () => this.router.close(),
    });
  }

  get activeRole(): Role | undefined {
    return this.router.status.active?.role;
  }

  eventsOf<T extends HaEvent['type']>(type: T): Extract<HaEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<HaEvent, { type: T }> => event.type === type);
  }

  /** Sends `perSecond` messages a second for `ms`, over `keys` keys, and gives the promises of their receipts. */
  async traffic(
    ms: number,
    perSecond: number,
    keys = 8,
  ): Promise<{ sent: string[]; results: Promise<PromiseSettledResult<unknown>[]> }> {
    const sent: string[] = [];
    const results: Promise<PromiseSettledResult<unknown>[]>[] = [];
    for (let n = 0; n < (ms / 1_000) * perSecond; n++) {
      const value = `${this.#numbered++}`;
      sent.push(value);
      results.push(Promise.allSettled([this.producer.send({ key: `k${n % keys}`, value })]));
      await this.clock.pass(1_000 / perSecond);
    }
    return { sent, results: Promise.all(results).then((all) => all.flat()) };
  }
}

/** As a process finds it that starts on the secondary; none at all when it starts on the primary. */
function recordFor(active: Role, secondary: StreamRef | undefined): RecordedRouting | undefined {
  return active === 'primary' ? undefined : { active, secondary };
}
