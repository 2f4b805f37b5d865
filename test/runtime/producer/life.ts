import type { Hold, RecordedRouting, Role, StreamRef } from '../../../runtime/core/index.ts';
import { HaError } from '../../../runtime/errors.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { Producer } from '../../../runtime/producer/index.ts';
import type { Receipt } from '../../../runtime/receipt.ts';
import { Router } from '../../../runtime/router/index.ts';
import { readSettings, type Options } from '../../../runtime/settings/index.ts';
import { Provisioner } from '../../../runtime/streams/index.ts';
import { FakeRegion, status, type PutBehaviour } from '../../support/fake-region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** What one call comes to. A region goes round a list of these. */
export type Outcome =
  | 'ok'
  | 'slow'
  | 'timeout'
  | 'reset'
  | 'stored, then reset'
  | 'connection refused'
  | 'no such name'
  | 'local fault'
  | 'unreadable'
  | 'every second refused'
  | 'all refused'
  | 'every third unnamed'
  | 400
  | 401
  | 403
  | 404
  | 408
  | 409
  | 413
  | 429
  | 500
  | 503;

/** What can happen, as data, so that a failing schedule shrinks. */
export type Happening =
  | {
      readonly type: 'send';
      readonly count: number;
      readonly key: string | null;
      readonly bytes: number;
      /** The sender's signal aborts after so long (ms). */
      readonly abortAfterMs: number | undefined;
    }
  | { readonly type: 'region'; readonly role: Role; readonly outcomes: readonly Outcome[] }
  | { readonly type: 'control plane'; readonly role: Role; readonly outcomes: readonly Outcome[] }
  | { readonly type: 'record'; readonly active: Role; readonly secondary: 'known' | 'other' | 'none' }
  | { readonly type: 'command'; readonly command: 'failover' | 'failback' | 'hold' | 'release' }
  | { readonly type: 'disk'; readonly mode: Disk }
  | { readonly type: 'secondary deleted' }
  | { readonly type: 'close' }
  | { readonly type: 'restart' };

type Disk = 'works' | 'is slow' | 'rejects' | 'hangs';

interface Sent {
  /** Two processes write side by side: there is no order between them. */
  readonly process: number;
  readonly number: number;
  readonly key: string | null;
  settled: { readonly receipt: Receipt } | { readonly error: unknown } | undefined;
  timesSettled: number;
}

const PRIMARY = 'ocid1.stream.oc1.sa-saopaulo-1.p';
const WATCHED_EVERY_MS = 300;
const compartmentId = 'ocid1.compartment.oc1..x';

/** Processes one after the other, over one record and two regions, in virtual time: what a producer lives through. */
export class Life {
  readonly clock: VirtualClock;
  readonly regions: Readonly<Record<Role, FakeRegion>>;
  readonly sent: Sent[] = [];
  readonly events: HaEvent[] = [];
  readonly #settings;
  readonly #primaryStream: StreamRef;
  #producer: Producer;
  #router: Router;
  #isClosed = false;
  readonly #closings: Promise<void>[] = [];
  /** Processes that watch the record: one that closes goes on for a while beside the next one. */
  readonly #watching = new Set<Router>();
  /** What is on disk. */
  #record: RecordedRouting | undefined;
  #memory: { lastFailbackAt: number | undefined; hold: Hold | undefined } = {
    lastFailbackAt: undefined,
    hold: undefined,
  };
  #disk: Disk = 'works';
  /** What could not be written yet: the real sink tries again. */
  #unwritten: RecordedRouting | undefined;

  constructor(seed: number, options: Options) {
    const clock = new VirtualClock(seed);
    this.clock = clock;
    this.#settings = readSettings({ compartmentId, ...options }, {});
    const primary = new FakeRegion('sa-saopaulo-1', clock);
    const secondary = new FakeRegion('sa-vinhedo-1', clock);
    this.regions = { primary, secondary };
    this.#primaryStream = primary.addStream(PRIMARY, { name: 'OCI-PRIMARY-STREAM' });
    secondary.createDelayMs = 500;
    for (const role of ['primary', 'secondary'] as const) this.#heal(role);
    [this.#router, this.#producer] = this.#start();
  }

  get status(): Router['status'] {
    return this.#router.status;
  }

  get record(): RecordedRouting | undefined {
    return this.#record;
  }

  stats(): ReturnType<Producer['stats']> {
    return this.#producer.stats();
  }

  let(happening: Happening): void {
    switch (happening.type) {
      case 'send':
        for (let each = 0; each < happening.count; each++) this.#send(happening);
        return;
      case 'region':
        this.regions[happening.role].putBehaviour = this.#putting(happening.role, happening.outcomes);
        return;
      case 'control plane': {
        let next = 0;
        this.regions[happening.role].adminBehaviour = () =>
          failureOf(happening.outcomes[next++ % happening.outcomes.length] ?? 'ok');
        return;
      }
      case 'record': {
        const secondary = this.#secondaryFor(happening.secondary);
        this.#recordIs({ active: happening.active, secondary });
        return;
      }
      case 'command':
        this.#router.command(happening.command, 'the operator', 'a test');
        return;
      case 'disk':
        this.#disk = happening.mode;
        return;
      case 'secondary deleted': {
        const { streams } = this.regions.secondary;
        streams.forEach((stream, index) => {
          streams[index] = { ...stream, state: 'DELETED' };
        });
        return;
      }
      case 'close':
        this.#close();
        return;
      case 'restart':
        this.#close();
        this.#begin();
    }
  }

  /** The last fault is over, and a process runs. */
  heal(): void {
    this.#disk = 'works';
    for (const role of ['primary', 'secondary'] as const) this.#heal(role);
    if (this.#unwritten !== undefined) this.#recordIs(this.#unwritten);
    this.#unwritten = undefined;
    if (this.#isClosed) this.#begin();
    this.#router.command('release', 'the operator', 'a test');
  }

  sendOne(key: string): void {
    this.#send({ key, bytes: 1, abortAfterMs: undefined });
  }

  /** Closes what runs. Resolves when every process that was closed has ended. */
  async end(): Promise<void> {
    this.#close();
    await Promise.all(this.#closings);
  }

  /** Messages that a later message of their key overtook in a partition of a stream, and are stored behind it. */
  get outOfOrder(): number {
    const lowest = new Map<string, number>();
    let found = 0;
    for (const { process, key, settled } of this.sent.toReversed()) {
      if (key === null || settled === undefined || 'error' in settled) continue;
      const { stream, partition, offset } = settled.receipt;
      const place = `${process} ${stream} ${partition} ${key}`;
      if (offset > (lowest.get(place) ?? Infinity)) found++;
      lowest.set(place, Math.min(lowest.get(place) ?? Infinity, offset));
    }
    return found;
  }

  /** Receipts that no region can vouch for. */
  get forged(): Receipt[] {
    const held = new Set<string>();
    for (const { name, stored } of Object.values(this.regions)) {
      for (const { stream, partition, offset, value } of stored)
        held.add([name, stream, partition, offset, value].join(' '));
    }
    return this.sent.flatMap(({ number, settled }) => {
      if (settled === undefined || 'error' in settled) return [];
      const { receipt } = settled;
      const { region, stream, partition, offset } = receipt;
      const known = [...held].some(
        (each) =>
          each.startsWith([region, stream, partition, offset, ''].join(' ')) &&
          numberIn(each.split(' ').at(-1) ?? '') === number,
      );
      return known ? [] : [receipt];
    });
  }

  /** The record names a region that could not be switched to, and people were told. */
  get refusesRecord(): boolean {
    const latest = this.events.findLast(
      (event) =>
        event.type === 'failover-done' ||
        event.type === 'failback-done' ||
        (event.type === 'switch-refused' && !/already|holds|under way/.test(event.because)),
    );
    return latest?.type === 'switch-refused';
  }

  /** Rejections that are not of the kind that is promised. */
  get untyped(): unknown[] {
    return this.sent.flatMap(({ settled }) =>
      settled !== undefined && 'error' in settled && !(settled.error instanceof HaError)
        ? [settled.error]
        : [],
    );
  }

  #send(what: {
    readonly key: string | null;
    readonly bytes: number;
    readonly abortAfterMs: number | undefined;
  }): void {
    const number = this.sent.length;
    const process = this.#closings.length;
    const sent: Sent = { process, number, key: what.key, settled: undefined, timesSettled: 0 };
    this.sent.push(sent);
    const leaving = new AbortController();
    if (what.abortAfterMs !== undefined) {
      this.clock.after(what.abortAfterMs, () => leaving.abort(number % 2 === 0 ? null : undefined));
    }
    const value = `${number}`.padEnd(what.bytes, '.');
    this.#producer.send({ key: what.key, value }, { signal: leaving.signal }).then(
      (receipt) => {
        sent.settled = { receipt };
        sent.timesSettled++;
      },
      (error: unknown) => {
        sent.settled = { error };
        sent.timesSettled++;
      },
    );
  }

  #begin(): void {
    [this.#router, this.#producer] = this.#start();
    this.#isClosed = false;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closings.push(this.#producer.close());
  }

  #start(): [Router, Producer] {
    const { clock } = this;
    const settings = this.#settings;
    const emit = (event: HaEvent): void => void this.events.push(event);
    const { primary, secondary } = this.regions;
    const record = this.#record;
    const shape = { partitions: 1, retentionInHours: 24, compartmentId, primaryOcid: PRIMARY, isKnown: true };
    const provisioner = new Provisioner({
      region: secondary,
      name: settings.secondaryStreamName,
      shape: () => Promise.resolve(shape),
      limits: settings,
      clock,
      emit,
    });
    const router: Router = new Router({
      settings,
      clock,
      emit,
      regions: this.regions,
      locate: {
        primary: async (signal) => {
          const answer = await primary.stream(PRIMARY, { signal });
          if (answer.ok) return { type: 'located', stream: this.#primaryStream };
          return { type: 'not-located', problem: 'as told', unreachable: false, retryInMs: 0 };
        },
        secondary: (signal) => provisioner.locate(record?.secondary?.ocid, signal),
      },
      checkStandby: (signal) => provisioner.check(signal),
      sink: {
        write: (written) => this.#write(written, router),
        remember: ({ lastFailbackAt, hold }) => {
          this.#memory = { lastFailbackAt, hold };
        },
        close: async () => void this.#watching.delete(router),
      },
      start: {
        active: record?.active ?? 'primary',
        // Every second process does not know where the primary is.
        streams: {
          primary: this.#closings.length % 2 === 0 ? this.#primaryStream : undefined,
          secondary: record?.secondary,
        },
        recorded: record,
        ...this.#memory,
      },
    });
    this.#watching.add(router);
    const onClosed = (): Promise<void> => router.close();
    return [router, new Producer({ router, clock, emit, settings, onClosed })];
  }

  #recordIs(record: RecordedRouting, by?: Router): void {
    this.#record = record;
    for (const router of this.#watching) {
      if (router === by) continue;
      this.clock.after(WATCHED_EVERY_MS, () => {
        if (this.#record === record) router.recordChanged(record);
      });
    }
  }

  async #write(record: RecordedRouting, by: Router): Promise<void> {
    const mode = this.#disk;
    this.#unwritten = record;
    if (mode === 'hangs') return new Promise(() => {});
    if (mode === 'rejects') throw new Error('ENOSPC');
    if (mode === 'is slow') await this.clock.sleep(1_000);
    // Of two writes the later one wins.
    if (this.#unwritten !== record) return;
    this.#recordIs(record, by);
    this.#unwritten = undefined;
  }

  #secondaryFor(which: 'known' | 'other' | 'none'): StreamRef | undefined {
    const { secondary } = this.regions;
    switch (which) {
      case 'none':
        return undefined;
      case 'known':
        return this.#record?.secondary;
      case 'other':
        return secondary.addStream(`ocid1.stream.oc1.sa-vinhedo-1.other${secondary.streams.length}`);
    }
  }

  #heal(role: Role): void {
    this.regions[role].putBehaviour = this.#putting(role, ['ok']);
    this.regions[role].adminBehaviour = () => undefined;
  }

  #putting(role: Role, outcomes: readonly Outcome[]): PutBehaviour {
    const region = this.regions[role];
    let next = 0;
    return ({ stream }) => {
      const outcome = outcomes[next++ % outcomes.length] ?? 'ok';
      region.latencyMs = outcome === 'slow' ? 1_500 : 5;
      // A stream that is not there answers 404, whatever else is the matter.
      const known = region.streams.find(({ ocid }) => ocid === stream.ocid);
      if (known === undefined || known.state !== 'ACTIVE') return status(404);
      switch (outcome) {
        case 'stored, then reset':
          return { storedThen: { type: 'reset', detail: 'ECONNRESET' } };
        case 'every second refused':
          return { each: (_, index) => (index % 2 === 0 ? 429 : undefined) };
        case 'all refused':
          return { each: () => 500 };
        case 'every third unnamed':
          return { each: (_, index) => (index % 3 === 0 ? 'unnamed' : undefined) };
        default:
          return failureOf(outcome);
      }
    };
  }
}

function failureOf(outcome: Outcome): ReturnType<typeof status> | undefined {
  if (typeof outcome === 'number') return status(outcome, outcome === 429 ? { retryAfter: '1' } : {});
  switch (outcome) {
    case 'timeout':
      return { type: 'timeout', afterMs: 2_000 };
    case 'reset':
      return { type: 'reset', detail: 'ECONNRESET' };
    case 'connection refused':
      return { type: 'unreachable', reason: 'refused', detail: 'ECONNREFUSED' };
    case 'no such name':
      return { type: 'unreachable', reason: 'dns', detail: 'ENOTFOUND' };
    case 'local fault':
      return { type: 'local', detail: 'EMFILE' };
    case 'unreadable':
      return { type: 'unreadable', status: 200, start: '<html>' };
    default:
      return undefined;
  }
}

function numberIn(base64: string): number {
  return Number.parseInt(Buffer.from(base64, 'base64').toString(), 10);
}
