import type { RefuseEntry, Reply } from '../../../emulator/operations/operation.ts';
import type { OperationName } from '../../../emulator/operations/validations.ts';
import type { Role } from '../../../runtime/core/index.ts';
import type { Answer, EncodedMessage, PutResult } from '../../../runtime/region.ts';
import type { Fault, How } from '../schedule.ts';
import type { Caller, History } from './history.ts';

export interface Call {
  readonly process: Caller;
  readonly role: Role;
  readonly operation: OperationName;
  readonly messages: readonly EncodedMessage[] | undefined;
  /** Messages that the region refused, and stored a later one of their key: as long as the answer is under way. */
  overtaken: number;
}

type CallFault = Extract<Fault, { type: 'calls' }>;
type EntryFault = Extract<Fault, { type: 'entries' }>;

/** What lies between processes and regions: it delays, loses, and refuses, as the active faults say. */
export class Network {
  creationEnds: 'stuck' | 'failed' | undefined;
  readonly #random: () => number;
  readonly #history: History;
  readonly #now: () => number;
  readonly #calls = new Set<CallFault>();
  readonly #entries = new Set<EntryFault>();

  constructor(random: () => number, history: History, now: () => number) {
    this.#random = random;
    this.#history = history;
    this.#now = now;
  }

  begins(fault: CallFault | EntryFault): void {
    if (fault.type === 'calls') this.#calls.add(fault);
    else this.#entries.add(fault);
  }

  ends(fault: CallFault | EntryFault): void {
    if (fault.type === 'calls') this.#calls.delete(fault);
    else this.#entries.delete(fault);
  }

  /** One way there and one way back, in ms. */
  latency(): readonly [number, number] {
    return [1 + this.#random() * 14, 1 + this.#random() * 14];
  }

  /** Undefined: as it should. */
  howEnds({ index }: Caller, region: Role, plane: 'data' | 'control', writes: boolean): How | undefined {
    for (const fault of this.#calls) {
      if (fault.region !== region || fault.plane !== plane) continue;
      if (fault.calls !== 'all' && (fault.calls === 'writes') !== writes) continue;
      if (fault.process !== undefined && fault.process !== index) continue;
      if (fault.share >= 1 || this.#random() < fault.share) return fault.how;
    }
    return undefined;
  }

  /** The region refuses a request with such a message as a whole, also where its answer is lost. */
  isPoisoned(messages: readonly EncodedMessage[] | undefined): boolean {
    const { poison, contents } = this.#history;
    return messages?.some(({ value }) => poison.has(contents.of(value))) === true;
  }

  refuseEntry(region: Role): RefuseEntry | undefined {
    let fault: EntryFault | undefined;
    for (const each of this.#entries) if (each.region === region) fault = each;
    if (fault === undefined) return undefined;
    const { partition, share, status } = fault;
    const refusal =
      status === 429
        ? { error: 'TooManyRequests', errorMessage: 'next request can be made in 300 ms' }
        : { error: 'InternalServerError', errorMessage: 'simulated' };
    return (_index, at) => {
      if (partition !== undefined && partition !== at) return undefined;
      return share >= 1 || this.#random() < share ? refusal : undefined;
    };
  }

  begin(
    process: Caller,
    role: Role,
    operation: OperationName,
    messages: readonly EncodedMessage[] | undefined,
  ): Call {
    this.#history.callBegins(process, role, operation, this.#now(), messages);
    return { process, role, operation, messages, overtaken: 0 };
  }

  /** It was performed, whatever becomes of the reply. */
  arrived(call: Call, { status, body }: Reply): void {
    const { messages, role, process } = call;
    if (messages === undefined || status !== 200) return;
    const { entries } = body as { entries: { offset?: number }[] };
    const storedKeys = new Set<string | null>();
    for (let index = messages.length - 1; index >= 0; index--) {
      const { key } = messages[index]!;
      if (entries[index]?.offset !== undefined) storedKeys.add(key);
      else if (key !== null && storedKeys.has(key)) call.overtaken++;
    }
    this.#history.reorderedUnseen += call.overtaken;
    messages.forEach(({ value }, index) => {
      if (entries[index]?.offset !== undefined)
        this.#history.stored(this.#history.contents.of(value), role, process);
    });
  }

  end(
    { messages, process, operation, role, overtaken }: Call,
    answer: Answer<unknown>,
    delivered: boolean,
  ): void {
    this.#history.callEnds(process, role, operation, answer, this.#now(), messages);
    if (messages === undefined || !answer.ok || !delivered || process.isDead) return;
    const results = answer.value as PutResult[];
    if (results.every(({ type }) => type !== 'unnamed')) this.#history.reorderedUnseen -= overtaken;
    messages.forEach(({ value }, index) => {
      if (results[index]?.type === 'stored')
        this.#history.acknowledged(this.#history.contents.of(value), this.#now(), process, role);
    });
  }
}
