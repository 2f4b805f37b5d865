import { hashOf } from '../core/index.ts';
import type { Lane } from './lane.ts';
import type { KeySlot, PendingMessage } from './pending-message.ts';

/** The lane changes when no message of its keys is in one. */
interface ChosenLane extends KeySlot {
  lane: Lane;
}

/** Keys are told apart by this many hashes, so that what is known of them does not grow with their number. */
const SLOTS = 1_024;

/**
 * Chooses a lane for each message. As long as messages of its key are in a lane, that is the one: so order per key holds.
 * Otherwise it is the lane with the fewest messages, because a fixed lane for each key would leave some lanes with twice as many
 * keys as others, and those others with requests that are not full.
 */
export class Lanes {
  readonly all: readonly Lane[];
  readonly #slots: readonly ChosenLane[];
  #turn = 0;

  constructor(lanes: readonly Lane[]) {
    const [first] = lanes;
    if (first === undefined) throw new RangeError('a producer has at least one lane');
    this.all = lanes;
    this.#slots = Array.from({ length: SLOTS }, () => ({ lane: first, messages: 0 }));
  }

  /** Where a message of this key would go now. */
  laneOf(key: string): Lane {
    return this.#slotOf(key).lane;
  }

  /** `forKeyless`: the lane of a message without a key; absent: the shortest. */
  add(message: PendingMessage, forKeyless?: Lane): void {
    const { key } = message;
    if (key === null) (forKeyless ?? this.shortest()).add(message);
    else {
      const slot = this.#slotOf(key);
      slot.lane.add(message, slot);
    }
  }

  /** The lane with the fewest messages; equal ones take turns. */
  shortest(): Lane {
    const { length } = this.all;
    const first = this.#turn++ % length;
    let shortest = this.all[first]!;
    for (let step = 1; step < length && shortest.messages > 0; step++) {
      const lane = this.all[(first + step) % length]!;
      if (lane.messages < shortest.messages) shortest = lane;
    }
    return shortest;
  }

  #slotOf(key: string): ChosenLane {
    const slot = this.#slots[hashOf(key) % SLOTS]!;
    if (slot.messages === 0) slot.lane = this.shortest();
    return slot;
  }
}
