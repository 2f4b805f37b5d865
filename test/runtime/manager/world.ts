import type { HaEvent, Role } from '../../../runtime/events.ts';
import { Site, StreamManager } from '../../../runtime/manager/index.ts';
import { StreamProducer } from '../../../runtime/producer/index.ts';
import type { StreamRef } from '../../../runtime/region.ts';
import { readSettings, type Options, type Settings } from '../../../runtime/settings/index.ts';
import { Provisioner } from '../../../runtime/streams/index.ts';
import { FakeRegion } from '../../support/fake-region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

interface WorldOptions {
  readonly seed?: number;
  readonly settings?: Options;
  readonly active?: Role;
  /** Whether the secondary stream exists and is known; else it must be made. */
  readonly secondaryReady?: boolean;
}

const compartmentId = 'ocid1.compartment.oc1..x';

/** A manager and a producer between two fake regions, in virtual time. */
export class World {
  readonly clock: VirtualClock;
  readonly primary: FakeRegion;
  readonly secondary: FakeRegion;
  readonly manager: StreamManager;
  readonly producer: StreamProducer;
  readonly settings: Settings;
  readonly events: HaEvent[] = [];
  readonly recorded: string[] = [];
  writeRecord: () => Promise<void> = () => Promise.resolve();

  constructor(options: WorldOptions = {}) {
    const clock = new VirtualClock(options.seed);
    this.clock = clock;
    this.settings = readSettings({ compartmentId, ...options.settings }, {});
    this.primary = new FakeRegion('sa-saopaulo-1', clock);
    this.secondary = new FakeRegion('sa-vinhedo-1', clock);
    const primaryStream = this.primary.addStream('ocid1.stream.oc1.sa-saopaulo-1.p', {
      name: 'OCI-PRIMARY-STREAM',
      partitions: 3,
    });
    const ready = (options.secondaryReady ?? true) || options.active === 'secondary';
    const known: StreamRef | undefined = ready
      ? this.secondary.addStream('ocid1.stream.oc1.sa-vinhedo-1.s')
      : undefined;
    const emit = (event: HaEvent): void => void this.events.push(event);
    const provisioner = new Provisioner({
      region: this.secondary,
      name: this.settings.secondaryStreamName,
      shape: () =>
        Promise.resolve({
          partitions: 3,
          retentionInHours: 48,
          compartmentId,
          primaryOcid: primaryStream.ocid,
          known: true,
        }),
      limits: this.settings,
      clock,
      emit,
    });
    const noWay = (): Promise<StreamRef> => Promise.reject(new Error('the primary is known'));
    this.manager = new StreamManager({
      settings: this.settings,
      clock,
      emit,
      primary: new Site('primary', this.primary, primaryStream, noWay, clock),
      secondary: new Site(
        'secondary',
        this.secondary,
        known,
        (signal) => provisioner.secure(undefined, signal),
        clock,
      ),
      active: options.active ?? 'primary',
      whereabouts: {
        arrived: (active) => {
          this.recorded.push(active.region);
          return this.writeRecord();
        },
        close: () => Promise.resolve(),
      },
    });
    this.producer = new StreamProducer({
      deliver: (messages) => this.manager.deliver(messages),
      clock,
      settings: this.settings,
      onClosed: () => this.manager.close(),
    });
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

  #numbered = 0;
}
