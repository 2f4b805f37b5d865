import type { Stream } from '../../../emulator/state/resources.ts';
import type { Role } from '../../../runtime/core/index.ts';
import { text, type Sent } from './sent.ts';

/** A message that a handler has finished. */
interface HandledMessage {
  /** Life of the process. */
  readonly life: number;
  /** There is no other consumer. */
  readonly isAlone: boolean;
  readonly stream: string;
  readonly partition: string;
  readonly offset: number;
  readonly content: string;
  readonly sent: Sent | undefined;
  /** The consumer marked it as read later than a newer one of its key. */
  readonly late: boolean;
}

interface Place {
  readonly stream: string;
  readonly partition: number;
  readonly offset: number;
  readonly content: string;
}

/** What handlers have finished and what groups have committed, judged as it happens. */
export class Consumption {
  readonly #isEnveloped: boolean;
  readonly #violate: (type: string, at: number, detail: string) => void;
  /** Contents that a handler has finished, anywhere; in envelope mode their copies are passed over. */
  readonly #contents = new Set<string>();
  readonly #contentsByLife = new Set<string>();
  /** By reader, sender and key: the newest message that was handled. */
  readonly #newest = new Map<string, number>();
  /** By stream and partition: offsets that a handler has finished. */
  readonly #handled = new Map<string, Set<number>>();
  #handledByLife = new Set<string>();
  readonly #lastHandled = new Map<string, number>();
  /** Streams whose groups were reset, with the readers of a partition that have begun anew since. */
  readonly #begunAnew = new Map<string, Set<string>>();
  readonly #committed = new Map<string, number>();

  /** How many messages handlers have finished, each copy counted. */
  finished = 0;

  constructor(isEnveloped: boolean, violate: (type: string, at: number, detail: string) => void) {
    this.#isEnveloped = isEnveloped;
    this.#violate = violate;
  }

  handled(at: number, message: HandledMessage): void {
    const { life, isAlone, stream, partition, offset } = message;
    this.finished++;
    if (this.#isEnveloped) this.#judgeEnvelope(at, message);
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

  /** INV-3: one reader sees no message twice. INV-2: what comes after a newer one of its key is marked. */
  #judgeEnvelope(at: number, { life, content, sent, late }: HandledMessage): void {
    this.#contents.add(content);
    const own = `${life} ${content}`;
    if (this.#contentsByLife.has(own))
      this.#violate('copy', at, `${text(content)} was handled twice by one reader`);
    this.#contentsByLife.add(own);
    if (sent === undefined || sent.key === '') return;
    const line = `${life} ${sent.life} ${sent.key}`;
    const newest = this.#newest.get(line) ?? -1;
    if (sent.order < newest && !late)
      this.#violate(
        'unmarked',
        at,
        `${text(content)} is handled after message ${newest} of its key, and not marked late`,
      );
    this.#newest.set(line, Math.max(newest, sent.order));
  }

  isHandled({ stream, partition, offset, content }: Place): boolean {
    return this.#handled.get(`${stream} ${partition}`)?.has(offset) === true || this.#contents.has(content);
  }

  /**
   * H16: an operator took the groups of a stream back to its beginning: everything comes again. In envelope mode a reader passes
   * over what it has handled itself, and gets what an earlier life of it had handled.
   */
  groupsReset(stream: string): void {
    this.#forgetCommits(stream);
    this.#begunAnew.set(stream, new Set());
    if (this.#isEnveloped) return;
    const isOther = (place: string): boolean => !place.includes(stream);
    for (const place of this.#handled.keys()) if (!isOther(place)) this.#handled.delete(place);
    this.#handledByLife = new Set([...this.#handledByLife].filter(isOther));
  }

  #forgetCommits(stream: string): void {
    for (const place of this.#committed.keys()) if (place.includes(stream)) this.#committed.delete(place);
  }

  /** After a call that can commit: everything up to the committed offset must have been handled. */
  committed(stream: Stream, role: Role, now: number, contentOf: (wire: string) => string): void {
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
        for (const { offset, value } of stream.partitions[partition]!.read(before + 1, Infinity)) {
          if (offset > committedOffset) break;
          const content = contentOf(value);
          if (this.isHandled({ stream: stream.id, partition, offset, content })) continue;
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
