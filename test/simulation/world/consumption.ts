import type { Stream } from '../../../emulator/state/resources.ts';
import type { Role } from '../../../runtime/core/index.ts';

/** A message that a handler has finished. */
interface HandledMessage {
  /** Life of the process. */
  readonly life: number;
  /** There is no other consumer. */
  readonly isAlone: boolean;
  readonly stream: string;
  readonly partition: string;
  readonly offset: number;
}

/** What handlers have finished and what groups have committed, judged as it happens. */
export class Consumption {
  readonly #violate: (type: string, at: number, detail: string) => void;
  /** By stream and partition: offsets that a handler has finished. */
  readonly #handled = new Map<string, Set<number>>();
  #handledByLife = new Set<string>();
  readonly #lastHandled = new Map<string, number>();
  /** Streams whose groups were reset, with the readers of a partition that have begun anew since. */
  readonly #begunAnew = new Map<string, Set<string>>();
  readonly #committed = new Map<string, number>();

  constructor(violate: (type: string, at: number, detail: string) => void) {
    this.#violate = violate;
  }

  handled(at: number, message: HandledMessage): void {
    const { life, isAlone, stream, partition, offset } = message;
    const place = `${stream} ${partition}`;
    let offsets = this.#handled.get(place);
    if (offsets === undefined) this.#handled.set(place, (offsets = new Set()));
    offsets.add(offset);
    const line = `${life} ${place}`;
    const before = this.#lastHandled.get(line) ?? -1;
    this.#lastHandled.set(line, offset);
    const own = `${line} ${offset}`;
    if (offset <= before && this.#begunAnew.get(stream)?.has(line) === false) {
      // The first message after a reset; what was in hand at the reset was handled before it.
      this.#begunAnew.get(stream)?.add(line);
      this.#handledByLife = new Set([...this.#handledByLife].filter((each) => !each.startsWith(`${line} `)));
    } else if (isAlone && offset < before) {
      this.#violate('poll-back', at, `${place}: ${before}, then ${offset}, of one consumer, which is alone`);
    }
    if (this.#handledByLife.has(own)) {
      if (isAlone)
        this.#violate('redelivered', at, `${place} ${offset} came twice to one consumer, which is alone`);
    }
    this.#handledByLife.add(own);
  }

  isHandled(stream: string, partition: number, offset: number): boolean {
    return this.#handled.get(`${stream} ${partition}`)?.has(offset) === true;
  }

  /** H16: an operator took the groups of a stream back to its beginning: everything comes again. */
  groupsReset(stream: string): void {
    const isOther = (place: string): boolean => !place.includes(stream);
    for (const place of this.#handled.keys()) if (!isOther(place)) this.#handled.delete(place);
    for (const place of this.#committed.keys()) if (!isOther(place)) this.#committed.delete(place);
    this.#handledByLife = new Set([...this.#handledByLife].filter(isOther));
    this.#begunAnew.set(stream, new Set());
  }

  /** After a call that can commit: everything up to the committed offset must have been handled. */
  committed(stream: Stream, role: Role, now: number): void {
    for (const group of stream.groups.values()) {
      group.reservations().forEach(({ committedOffset }, partition) => {
        if (committedOffset === undefined) return;
        const place = `${group.name} ${stream.id} ${partition}`;
        const before = this.#committed.get(place) ?? -1;
        if (committedOffset === before) return;
        if (committedOffset < before) {
          this.#violate('commit-back', now, `${place}: ${before} then ${committedOffset}`);
        }
        this.#committed.set(place, committedOffset);
        for (const { offset } of stream.partitions[partition]!.read(before + 1, Infinity)) {
          if (offset > committedOffset) break;
          if (this.isHandled(stream.id, partition, offset)) continue;
          this.#violate(
            'poll-skip',
            now,
            `${role} partition ${partition}: offset ${offset} is committed and was not handled`,
          );
          break;
        }
      });
    }
  }
}
