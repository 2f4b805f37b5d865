import {
  createConsumer,
  type ConsumedMessage,
  type ConsumedRegion,
  type ConsumerParts,
  type OpenedConsumer,
  type StreamConsumer,
} from '../../../runtime/consumer/index.ts';
import type { HaEvent, Role } from '../../../runtime/events.ts';
import type { Region } from '../../../runtime/region.ts';
import { readSettings, type Options } from '../../../runtime/settings/index.ts';
import { GroupRegion } from './group-region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

interface Wanted {
  readonly active?: Role;
  readonly partitions?: { readonly primary?: number; readonly secondary?: number };
  readonly secondaryKnown?: boolean;
  readonly options?: Options;
  /** Members share the partitions; else each one reads all of them. */
  readonly shared?: boolean;
  /** The service's limits. */
  readonly strict?: boolean;
  readonly release?: () => Promise<void>;
  readonly handledIds?: ConsumerParts['handledIds'];
}

/** A consumer between two fake regions in virtual time. */
export class World implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly primary: GroupRegion;
  readonly secondary: GroupRegion;
  readonly events: HaEvent[] = [];
  readonly received: string[] = [];
  secondaryKnown: boolean;
  /** Runs when a stream is looked for. */
  onLook: (role: Role) => void = () => {};
  readonly consumed: { readonly primary: ConsumedRegion; readonly secondary: ConsumedRegion };
  readonly opened: OpenedConsumer;
  readonly consumer: StreamConsumer;
  readonly #wanted: Wanted;
  #instances = 0;

  constructor(wanted: Wanted = {}) {
    this.#wanted = wanted;
    const { clock } = this;
    this.primary = new GroupRegion('sa-saopaulo-1', wanted.partitions?.primary ?? 1, clock, wanted);
    this.secondary = new GroupRegion('sa-vinhedo-1', wanted.partitions?.secondary ?? 1, clock, wanted);
    this.secondaryKnown = wanted.secondaryKnown ?? true;
    this.consumed = {
      primary: this.#consumed('primary', () => true),
      secondary: this.#consumed('secondary', () => this.secondaryKnown),
    };
    this.opened = this.open();
    this.consumer = this.opened.consumer;
  }

  /** Another process: the same group, its own name. */
  open(handledIds = this.#wanted.handledIds): OpenedConsumer {
    return createConsumer({
      ...this.consumed,
      active: this.#wanted.active ?? 'primary',
      settings: readSettings({ compartmentId: 'ocid1.compartment.oc1..a', ...this.#wanted.options }, {}),
      clock: this.clock,
      emit: (event) => this.events.push(event),
      instance: `member-${this.#instances++}`,
      release: this.#wanted.release,
      handledIds,
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

  close({ consumer } = this.opened): Promise<void> {
    return this.clock.passUntil(consumer.close(), 20_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #consumed(role: Role, isKnown: () => boolean): ConsumedRegion {
    const region = this[role];
    return {
      role,
      region: region as unknown as Region,
      locate: async () => {
        this.onLook(role);
        return { ok: true, value: isKnown() ? region.stream : undefined };
      },
    };
  }
}

export function textsOf(messages: readonly ConsumedMessage[]): string[] {
  return messages.map((message) => message.text());
}
