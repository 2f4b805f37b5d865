import {
  StreamConsumer,
  type ConsumedMessage,
  type ConsumedRegion,
} from '../../../runtime/consumer/index.ts';
import type { HaEvent, Role } from '../../../runtime/events.ts';
import type { Region } from '../../../runtime/region.ts';
import { readSettings, type Options } from '../../../runtime/settings/index.ts';
import { FakeRegion } from './fake-region.ts';
import { ManualClock } from './manual-clock.ts';

interface Wanted {
  readonly active?: Role;
  readonly partitions?: { readonly primary?: number; readonly secondary?: number };
  readonly secondaryKnown?: boolean;
  readonly options?: Options;
}

/** A consumer between two fake regions in virtual time. */
export class World implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly primary: FakeRegion;
  readonly secondary: FakeRegion;
  readonly events: HaEvent[] = [];
  readonly received: string[] = [];
  secondaryKnown: boolean;
  readonly consumer: StreamConsumer;
  readonly #wanted: Wanted;
  #instances = 0;

  constructor(wanted: Wanted = {}) {
    this.#wanted = wanted;
    const now = (): number => this.clock.now();
    this.primary = new FakeRegion('sa-saopaulo-1', wanted.partitions?.primary ?? 1, now);
    this.secondary = new FakeRegion('sa-vinhedo-1', wanted.partitions?.secondary ?? 1, now);
    this.secondaryKnown = wanted.secondaryKnown ?? true;
    this.consumer = this.open();
  }

  /** Another process: the same group, its own name. */
  open(): StreamConsumer {
    return new StreamConsumer({
      primary: this.#consumed('primary', this.primary, () => true),
      secondary: this.#consumed('secondary', this.secondary, () => this.secondaryKnown),
      active: this.#wanted.active ?? 'primary',
      settings: readSettings({ compartmentId: 'ocid1.compartment.oc1..a', ...this.#wanted.options }, {}),
      clock: this.clock,
      emit: (event) => this.events.push(event),
      instance: `member-${this.#instances++}`,
    });
  }

  /** Reads for as long as the consumer is open, and keeps the texts. */
  readOn(consumer = this.consumer): Promise<void> {
    return consumer.run((message) => this.received.push(message.text()));
  }

  /** What users are told, in short: `read-failed primary`, `now-consuming secondary`, … */
  told(...types: HaEvent['type'][]): string[] {
    const wanted = this.events.filter(({ type }) => types.length === 0 || types.includes(type));
    return wanted.map((event) => ('role' in event ? `${event.type} ${event.role}` : event.type));
  }

  /** What `work` comes to while `ms` pass. */
  async within<T>(ms: number, work: Promise<T>): Promise<T> {
    // Its rejection is looked at only when the time has passed.
    work.catch(() => {});
    await this.clock.advance(ms);
    return work;
  }

  close(): Promise<void> {
    return this.within(20_000, this.consumer.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #consumed(role: Role, region: FakeRegion, isKnown: () => boolean): ConsumedRegion {
    return {
      role,
      region: region as unknown as Region,
      locate: async () => (isKnown() ? region.stream : undefined),
    };
  }
}

export function textsOf(messages: readonly ConsumedMessage[]): string[] {
  return messages.map((message) => message.text());
}
