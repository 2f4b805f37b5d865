import type { OperationName } from '../../../emulator/operations/validations.ts';
import type { Role } from '../../../runtime/core/index.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import type { Answer, EncodedMessage } from '../../../runtime/region.ts';
import { Consumption } from './consumption.ts';
import { Contents } from './contents.ts';
import { OnWire } from './on-wire.ts';
import { text, type Sent } from './sent.ts';

/** Who makes a call, or tells of an event: one life of a process. */
export interface Caller {
  /** Place in the schedule. */
  readonly index: number;
  /** Of this life. */
  readonly id: number;
  readonly name: string;
  readonly isDead: boolean;
}

/** What the world knows, by which events are judged. */
export interface KnownFacts {
  readonly hasOutbox: boolean;
  /** The state of a stream now; undefined: the region has none of that OCID. */
  stateOf(role: Role, ocid: string): string | undefined;
  /** Whether the control plane says, or has just said, that it knows no stream. */
  deniesStreams(role: Role): boolean;
}

/** A message that retention removed, and that the group had not come to. */
export interface Removed {
  readonly region: string;
  readonly partition: string;
  readonly offset: number;
}

/** Something that the invariants forbid. */
export interface Violation {
  /** One word of the checker's list. */
  readonly type: string;
  readonly at: number;
  readonly detail: string;
}

export interface ToldEvent {
  readonly at: number;
  readonly process: number;
  readonly event: HaEvent;
}

const KEPT_EVENTS = new Set<HaEvent['type']>([
  'failover-started',
  'failover-done',
  'failback-done',
  'stayed',
  'reordered',
  'stream-gone',
  'no-region',
  'switch-refused',
  'secondary-created',
  'gap',
]);

const CONTACTS = new Set<OperationName>(['GetMessages', 'ConsumerHeartbeat', 'ConsumerCommit']);

/** What was seen of a run: what the checker judges. It holds facts of the world, nothing that the runtime says of itself but events. */
export class History {
  readonly sent: Sent[] = [];
  readonly byValue = new Map<string, Sent>();
  readonly poison = new Set<string>();
  readonly onWire = new OnWire();
  readonly contents: Contents;
  readonly consumption: Consumption;
  /** What retention removed before anybody had handled it, and values that are no longer there. */
  readonly removed: Removed[] = [];
  readonly removedValues = new Set<string>();
  readonly violations: Violation[] = [];
  readonly events: ToldEvent[] = [];
  /**
   * Data-plane puts by process and virtual second, but for those that carry over what waited for a switch: the first call to the
   * new region with a message that was sent before the switch repeats nothing, and to pace it would delay the message (A19); nor
   * does the first one with a message that came meanwhile and waited behind those of its key.
   */
  readonly puts: number[][] = [];
  /** When a process last went to another region. */
  readonly #switchedAt = new Map<number, number>();
  /** When a key's latest call began that carried over what waited. */
  readonly #carriedAt = new Map<string, number>();
  /** Messages that a refused entry put out of order, in answers that never reached the producer: it cannot tell of them (B12). */
  reorderedUnseen = 0;
  /** All calls. */
  calls = 0;
  readonly #facts: KnownFacts;
  readonly #acknowledged = new Map<string, number>();
  /** When a region told a process last that it stored something. */
  readonly #lastStored = new Map<string, number>();
  /** When a group saw a member last. */
  readonly #lastContact = new Map<string, number>();
  /** Streams that a life took for gone. */
  readonly #toldGone = new Set<string>();
  /** Lives that have asked for a stream to be made, and not looked since. */
  readonly #createdUnseen = new Set<number>();
  #unhandledSends = 0;
  #trace = 0x811c9dc5;
  /** In words; only kept when asked for. */
  readonly timeline: string[] | undefined;

  constructor(facts: KnownFacts, withTimeline: boolean, isEnveloped: boolean) {
    this.#facts = facts;
    this.contents = new Contents(isEnveloped);
    this.consumption = new Consumption(isEnveloped, (type, at, detail) => this.violate(type, at, detail));
    this.timeline = withTimeline ? [] : undefined;
  }

  /** A number that two runs of one schedule have in common, and hardly two others. */
  get trace(): number {
    return this.#trace >>> 0;
  }

  get open(): number {
    return this.#unhandledSends;
  }

  mark(at: number, words: string): void {
    let mixed = this.#trace ^ Math.round(at * 1000);
    for (let index = 0; index < words.length; index++) {
      mixed = Math.imul(mixed ^ words.charCodeAt(index), 0x01000193);
    }
    this.#trace = mixed;
  }

  say(at: number, words: string): void {
    this.timeline?.push(`${clockTime(at)}  ${words}`);
  }

  violate(type: string, at: number, detail: string): void {
    this.violations.push({ type, at, detail });
    this.say(at, `!!! ${type}: ${detail}`);
  }

  sends(sent: Sent): void {
    this.sent.push(sent);
    this.byValue.set(sent.value, sent);
    this.#unhandledSends++;
  }

  settles(sent: Sent, at: number, outcome: NonNullable<Sent['outcome']>): void {
    if (sent.outcome !== undefined) return;
    sent.settledAt = at;
    sent.outcome = outcome;
    this.#unhandledSends--;
    this.mark(at, outcome.type);
    if (outcome.type === 'rejected')
      this.say(at, `message ${sent.order} of process ${sent.process + 1} rejects: ${outcome.code}`);
  }

  callBegins(
    { index, id, name }: Caller,
    role: Role,
    operation: OperationName,
    at: number,
    messages: readonly EncodedMessage[] = [],
  ): void {
    this.calls++;
    let carriesOver = false;
    const switchedAt = this.#switchedAt.get(index) ?? -Infinity;
    for (const { value } of messages) {
      const content = this.contents.of(value);
      const sent = this.byValue.get(content);
      const waitedUntil = Math.max(switchedAt, this.#carriedAt.get(sent?.key ?? '') ?? -Infinity);
      const isFirst = this.#goesOut(content, role, at);
      if (!isFirst || sent === undefined || sent.at > waitedUntil) continue;
      carriesOver = true;
      if (sent.key !== '') this.#carriedAt.set(sent.key, at);
    }
    if (operation === 'CreateStream') {
      if (this.#createdUnseen.has(id))
        this.violate(
          'blind-create',
          at,
          `${name} creates a stream again, and has not looked for the first one`,
        );
      this.#createdUnseen.add(id);
    }
    if (operation !== 'PutMessages') return;
    this.mark(at, role);
    if (carriesOver) return;
    const seconds = (this.puts[index] ??= []);
    const second = Math.floor(at / 1_000);
    seconds[second] = (seconds[second] ?? 0) + 1;
  }

  callEnds(
    process: Caller,
    role: Role,
    operation: OperationName,
    answer: Answer<unknown>,
    at: number,
    messages: readonly EncodedMessage[] = [],
  ): void {
    for (const { value } of messages) this.onWire.ends(this.contents.of(value), at);
    if (operation === 'ListStreams' && answer.ok) this.#createdUnseen.delete(process.id);
    this.mark(at, answer.ok ? operation : answer.failure.type);
    if (answer.ok && CONTACTS.has(operation)) this.#lastContact.set(`${process.id} ${role}`, at);
    if (this.timeline === undefined || answer.ok || answer.failure.type === 'aborted') return;
    const { failure } = answer;
    const what =
      failure.type === 'status' ? `${failure.status} ${failure.code} ${failure.message}` : failure.type;
    this.say(at, `${process.name}: ${operation} to the ${role} fails: ${what}`);
  }

  /** What its sender was told is not sent, or no longer tried, is not sent after that. Gives whether this region gets it for the first time. */
  #goesOut(value: string, role: Role, at: number): boolean {
    const outcome = this.byValue.get(value)?.outcome;
    if (outcome?.type === 'rejected') {
      const isEnding = outcome.mayBeStored && ['ABORTED', 'CLOSED'].includes(outcome.code);
      if (!isEnding)
        this.violate('sent-after-all', at, `${text(value)} is sent after it was rejected: ${outcome.code}`);
    }
    return this.onWire.begins(value, role);
  }

  stored(value: string, role: Role, process: Caller): void {
    this.mark(process.index, role);
  }

  /** A living process was told that it is stored. */
  acknowledged(value: string, at: number, process: Caller, role: Role): void {
    this.#lastStored.set(`${process.id} ${role}`, at);
    const before = this.#acknowledged.get(value);
    this.#acknowledged.set(value, process.id);
    // What a life wrote to its outbox and sent, but could not remove, the next one sends again.
    const isOfOutbox = this.#facts.hasOutbox && before !== process.id;
    if (before !== undefined && !isOfOutbox)
      this.violate('duplicate', at, `${text(value)} was sent again after it was acknowledged`);
  }

  tells(at: number, process: Caller, event: HaEvent): void {
    this.mark(at, event.type);
    if (event.type === 'failover-done') this.#switchedAt.set(process.index, at);
    if (KEPT_EVENTS.has(event.type)) this.events.push({ at, process: process.index, event });
    this.#judge(at, process, event);
    if (this.timeline !== undefined && event.type !== 'attempt-failed') {
      this.say(at, `${process.name}: ${wordsOf(event)}`);
    }
  }

  /** What an event claims must be so at that moment. */
  #judge(at: number, process: Caller, event: HaEvent): void {
    if (event.type === 'failback-done' && this.#lastStored.get(`${process.id} primary`) !== at) {
      this.violate('failback', at, `${process.name} fails back, and the primary has stored nothing`);
    }
    if (event.type === 'secondary-adopted') {
      if (this.#facts.stateOf('secondary', event.stream.ocid) === 'CREATING') {
        this.violate('adopted', at, `${process.name} adopts a stream that is being made`);
      }
    }
    if (event.type !== 'stream-gone') return;
    const told = `${process.id} ${event.ocid}`;
    if (this.#toldGone.has(told))
      this.violate('false-gone', at, `${process.name} takes a stream for gone that it had left for that`);
    this.#toldGone.add(told);
    for (const role of ['primary', 'secondary'] as const) {
      if (this.#facts.stateOf(role, event.ocid) === 'ACTIVE' && !this.#facts.deniesStreams(role)) {
        this.violate(
          'false-gone',
          at,
          `${process.name} takes a stream of the ${role} for gone, and it is ACTIVE`,
        );
      }
    }
  }

  /** H8: while a message is handled the group must not think that its reader is gone. */
  contactAge(process: Caller, role: Role, at: number): number {
    return at - (this.#lastContact.get(`${process.id} ${role}`) ?? at);
  }
}

/** `00:12:03.250` since the beginning of the world. */
export function clockTime(at: number): string {
  const ms = Math.max(0, Math.round(at - 1_000_000));
  return new Date(ms).toISOString().slice(11, 23);
}

/** An event in a line: its type, and what tells it from others. */
function wordsOf(event: HaEvent): string {
  const { type, ...rest } = event;
  const parts = Object.entries(rest).map(([name, value]) => `${name}=${shortly(value)}`);
  return `${type} ${parts.join(' ')}`;
}

function shortly(value: unknown): string {
  if (value instanceof Error) return value.message;
  if (typeof value === 'object' && value !== null) {
    return JSON.stringify(value, (_, each: unknown) => (typeof each === 'string' ? each.slice(0, 60) : each));
  }
  return String(value).slice(0, 200);
}
