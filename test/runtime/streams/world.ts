import type { HaEvent } from '../../../runtime/events.ts';
import type { StreamState } from '../../../runtime/region.ts';
import { Provisioner, type Located } from '../../../runtime/streams/index.ts';
import type { Shape } from '../../../runtime/streams/primary.ts';
import { FakeRegion } from '../../support/fake-region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

export const COMPARTMENT = 'ocid1.compartment.oc1..x';

const SHAPE: Shape = {
  partitions: 3,
  retentionInHours: 48,
  compartmentId: COMPARTMENT,
  primaryOcid: 'ocid1.stream.oc1.sa-saopaulo-1.p',
  isKnown: true,
};

/** The OCID of a stream in the region of the secondary. */
export const ocid = (name: string): string => `ocid1.stream.oc1.sa-vinhedo-1.${name}`;

/** The region of the secondary, and who looks for a stream there. */
export class SecondaryWorld {
  readonly clock = new VirtualClock();
  readonly region = new FakeRegion('sa-vinhedo-1', this.clock);
  readonly events: HaEvent[] = [];
  readonly closing = new AbortController();
  readonly startedAt = this.clock.now();
  shape: Shape | { readonly problem: string } = SHAPE;
  readonly provisioner: Provisioner = this.another();

  /** What another process has. */
  another(): Provisioner {
    return new Provisioner({
      region: this.region,
      name: 'OCI-SECONDARY-STREAM',
      shape: () => Promise.resolve(this.shape),
      limits: { baseDelayMs: 250, maxDelayMs: 5_000 },
      clock: this.clock,
      emit: (event) => void this.events.push(event),
    });
  }

  /** One try. */
  locate(recorded?: string): Promise<Located> {
    return this.clock.passUntil(this.provisioner.locate(recorded, this.closing.signal));
  }

  /** As the router does it: again and again, as soon as it is of use; gives every answer. */
  async locateUntilFound(limitMs = 600_000): Promise<Located[]> {
    const answers: Located[] = [];
    while (this.elapsedMs < limitMs) {
      const answer = await this.locate();
      answers.push(answer);
      if (answer.type === 'located') break;
      await this.clock.pass(answer.retryInMs);
    }
    return answers;
  }

  get elapsedMs(): number {
    return this.clock.now() - this.startedAt;
  }

  get eventTypes(): string[] {
    return this.events.map(({ type }) => type);
  }

  eventsOf<T extends HaEvent['type']>(type: T): Extract<HaEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<HaEvent, { type: T }> => event.type === type);
  }

  /** How many calls of this operation were made. */
  calls(operation: string): number {
    return this.region.adminCalls.filter((call) => call === operation).length;
  }

  /** Changes the state of a stream that is there. */
  change(name: string, state: StreamState['state']): void {
    const { streams } = this.region;
    const at = streams.findIndex((stream) => stream.ocid === ocid(name));
    streams[at] = { ...streams[at]!, state };
  }
}

/** The signals that calls of the control plane are given from now on, with the name of the method. */
export function watchSignals(region: FakeRegion): [method: string, signal: AbortSignal | undefined][] {
  const given: [string, AbortSignal | undefined][] = [];
  for (const method of ['stream', 'streamsNamed', 'createStream', 'workRequestStatus'] as const) {
    const call = region[method].bind(region) as (...args: unknown[]) => unknown;
    Object.defineProperty(region, method, {
      value: (...args: [unknown, { signal?: AbortSignal }?]) => {
        given.push([method, args[1]?.signal]);
        return call(...args);
      },
    });
  }
  return given;
}
