import { seededRandom } from '../../../emulator/random.ts';
import { hashOf } from '../../../emulator/random.ts';
import { perform } from '../../../emulator/operations/perform.ts';
import { findRoute } from '../../../emulator/operations/routes.ts';
import { RELAXED, STRICT } from '../../../emulator/state/limits.ts';
import { DEFAULT_RULES, newRegion } from '../../../emulator/state/region-state.ts';
import type { Role } from '../../../runtime/core/index.ts';
import { endOf, type Fault, type Schedule } from '../schedule.ts';
import { installDisk } from './disk.ts';
import { History } from './history.ts';
import { COMPARTMENT, ENDPOINTS, REGIONS } from './names.ts';
import { MachineDisk, type OutboxPlace } from './machine-disk.ts';
import { Network } from './network.ts';
import { EPOCH, SimProcess } from './process.ts';
import { ConsumerProgram, ProducerProgram } from './programs.ts';
import { Scheduler } from './scheduler.ts';
import type { Emulated, Surroundings } from './surroundings.ts';

const STREAMS: Readonly<Record<Role, string>> = {
  primary: 'OCI-PRIMARY-STREAM',
  secondary: 'OCI-SECONDARY-STREAM',
};

/** After the last fault everything must have arrived within so long, in ms: a refused look-up is tried again each minute. */
const HEALED_WITHIN_MS = 240_000;
const LOOK_MS = 5_000;
/** R7: processes agree within 5 s of the last fault; a call that began in it may last 2 s more. */
const AGREED_WITHIN_MS = 8_000;

/** A process that ends in a write of its outbox. */
interface Crash {
  readonly fault: Extract<Fault, { type: 'crash-at-write' }>;
  /** Counted as in `outboxWrites`. */
  readonly atWrite: number;
}

let current: World | undefined;
installDisk((id) => current?.processOf(id));
process.on('unhandledRejection', (reason) => {
  if (current === undefined) throw reason;
  const words = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
  current.history.violate('unhandled', current.scheduler.now, words);
});

function enter(world: World): void {
  current = world;
}

/** Two regions, machines with their disks, the programs on them, and the schedule of what happens. One world runs at a time. */
export class World implements Surroundings {
  readonly schedule: Schedule;
  readonly scheduler = new Scheduler();
  readonly history: History;
  readonly network: Network;
  readonly producers: readonly ProducerProgram[];
  readonly consumers: readonly ConsumerProgram[];
  readonly startedAt: number;
  /** Nothing is sent any more. */
  isQuiet = false;
  readonly #regions: Readonly<Record<Role, Emulated>>;
  readonly #disks = new Map<number, MachineDisk>();
  readonly #processes = new Map<number, SimProcess>();
  #lives = 0;

  constructor(schedule: Schedule, options: { readonly timeline?: boolean } = {}) {
    this.schedule = schedule;
    const facts = {
      hasOutbox: schedule.settings['outbox'] !== undefined,
      stateOf: (role: Role, ocid: string) => this.region(role).state.streams.get(ocid)?.lifecycleState,
      deniesStreams: (role: Role) => this.deniesStreams(role),
    };
    this.history = new History(facts, options.timeline === true, schedule.settings['envelope'] === true);
    const chance = (purpose: string): (() => number) => seededRandom(hashOf(`${schedule.seed} ${purpose}`));
    this.network = new Network(chance('network'), this.history, () => this.scheduler.now);
    this.startedAt = this.scheduler.now;
    const rules = {
      ...DEFAULT_RULES,
      createDelayMs: schedule.createDelayMs,
      offsetGapProbability: 0.05,
      limits: schedule.strictLimits ? STRICT : RELAXED,
    };
    const emulated = (role: Role): Emulated => ({
      state: newRegion(REGIONS[role], ENDPOINTS[REGIONS[role] as keyof typeof ENDPOINTS], rules),
      random: chance(`${role} identifiers`),
      spread: chance(`${role} messages`),
    });
    this.#regions = { primary: emulated('primary'), secondary: emulated('secondary') };
    this.#makeStream('primary', EPOCH);
    if (schedule.secondaryReady) this.#makeStream('secondary', EPOCH);
    const { producers, consumers } = schedule;
    this.producers = producers.map((plan, index) => new ProducerProgram(this, index, plan));
    this.consumers = consumers.map(
      (plan, index) => new ConsumerProgram(this, producers.length + index, plan),
    );
  }

  get wall(): number {
    return EPOCH + this.scheduler.now;
  }

  region(role: Role): Emulated {
    return this.#regions[role];
  }

  disk(machine: number): MachineDisk {
    let disk = this.#disks.get(machine);
    if (disk === undefined) this.#disks.set(machine, (disk = new MachineDisk(this.scheduler)));
    return disk;
  }

  processOf(id: number): SimProcess | undefined {
    return this.#processes.get(id);
  }

  newProcess(index: number, role: 'producer' | 'consumer', machine: number): SimProcess {
    const process = new SimProcess(this, index, role, machine, this.#lives++);
    this.#processes.set(process.id, process);
    return process;
  }

  /** INV-7: at every instant the record is absent, or whole. */
  recordTouched(machine: number): void {
    const record = this.disk(machine).text('stream.properties');
    if (record === undefined || record.trim() === '') return;
    const has = (key: string): boolean => new RegExp(`^${key}=.+$`, 'm').test(record);
    if (has('SECONDARY_STREAM_OCID') !== has('SECONDARY_STREAM_ENDPOINT') || !record.endsWith('\n')) {
      this.history.violate('torn-record', this.scheduler.now, JSON.stringify(record));
    }
  }

  /** The region that the record of a machine names as active; undefined: no record. */
  recordedRegion(machine: number): string | undefined {
    return /^ACTIVE_REGION=(.*)$/m.exec(this.disk(machine).text('stream.properties') ?? '')?.[1];
  }

  /** How many writes of the outbox have begun, by process of the schedule. */
  readonly outboxWrites: number[] = [];
  readonly #crashes = new Map<number, Crash>();

  /** Counts a write of a process; gives how the process ends in it. */
  crashAtWrite({ index }: { readonly index: number }): 'before' | 'after' | undefined {
    const writes = (this.outboxWrites[index] = (this.outboxWrites[index] ?? 0) + 1);
    const crash = this.#crashes.get(index);
    return crash?.atWrite === writes ? crash.fault.when : undefined;
  }

  crash({ index }: { readonly index: number }): void {
    this.#program(index)?.kill(this.#crashes.get(index)?.fault.forMs ?? 0);
    this.#crashes.delete(index);
  }

  /** Lets the world go its way to the end: faults, healing, silence. What the checker needs is in `history` then. */
  async run(): Promise<void> {
    enter(this);
    const { schedule, scheduler, startedAt } = this;
    for (const program of [...this.producers, ...this.consumers]) {
      scheduler.after(program.index * 3, () => program.start());
    }
    for (const fault of schedule.faults) this.#plan(fault);
    this.#look();
    const quietAt = startedAt + schedule.durationMs;
    await scheduler.run(quietAt);
    this.isQuiet = true;
    this.#crashes.clear();
    await scheduler.run(Math.max(quietAt, this.#healedAt) + HEALED_WITHIN_MS, () => this.#isSettled);
    this.#isSettled = true;
  }

  /** Whether the control plane of a region says, or has just said, that it knows no stream: then it may be believed. */
  deniesStreams(role: Role): boolean {
    const now = this.scheduler.now - this.startedAt;
    return this.schedule.faults.some(
      (fault) =>
        fault.type === 'calls' &&
        fault.region === role &&
        fault.plane === 'control' &&
        fault.how.type === 'status' &&
        fault.how.status === 404 &&
        fault.at <= now &&
        endOf(fault) >= now - 5_000,
    );
  }

  /** Whether nothing was wrong since a moment, nor a while before it. */
  isCalm(since: number): boolean {
    const { schedule, startedAt } = this;
    const from = since - startedAt - 60_000;
    return schedule.faults.every(
      (fault) => fault.type === 'handler' || endOf(fault) < from || fault.at > this.scheduler.now - startedAt,
    );
  }

  /** Closes all programs. */
  async close(): Promise<void> {
    let left = 0;
    for (const program of [...this.producers, ...this.consumers]) {
      const { opened } = program as unknown as { opened: { close(): Promise<void> } | undefined };
      if (opened === undefined) continue;
      left++;
      program.closing(opened as never, () => left--);
    }
    await this.scheduler.run(this.scheduler.now + 60_000, () => left === 0);
    current = undefined;
  }

  #isSettled = false;

  /** The end of the last fault. */
  get #healedAt(): number {
    return this.startedAt + Math.max(0, ...this.schedule.faults.map(endOf));
  }

  /** Looks at what can be seen from outside, now and then. */
  #look(): void {
    const { scheduler, producers, history } = this;
    scheduler.after(LOOK_MS, () => {
      for (const program of producers) this.lookAt(program);
      const isDone = history.open === 0 && this.spooled === 0 && this.unhandled(1).length === 0;
      if (this.isQuiet && scheduler.now >= this.#healedAt + AGREED_WITHIN_MS && isDone)
        this.#isSettled = true;
      else this.#look();
    });
  }

  /** INV-5: what is accepted, waiting or given up costs no more than the settings say. */
  lookAt(program: ProducerProgram): void {
    const { running, pending, plan } = program;
    if (running === undefined) return;
    const { history, scheduler } = this;
    const { bufferedMessages, bufferedBytes } = running.stats();
    const allowed = Number(this.schedule.settings['maxBufferBytes'] ?? 64 * 1024 ** 2);
    const cost = plan.bytes + 1_024;
    // As much again may wait for room, and one message more each time.
    if (pending.size * cost > 2 * allowed + 4 * cost || bufferedBytes > allowed + cost) {
      const seen = `${pending.size} messages of ${plan.bytes} bytes unsettled, ${bufferedBytes} bytes by its own count, ${allowed} allowed`;
      history.violate('memory', scheduler.now, seen);
    }
    // What is settled is let go of, but for what is in a call that has begun.
    if (bufferedMessages > pending.size + program.endingAttempts()) {
      const seen = `${bufferedMessages} messages are kept, ${pending.size} are unsettled`;
      history.violate('memory', scheduler.now, seen);
    }
  }

  /** What is left on disks, and what was set aside, as values. */
  setAside(): string[] {
    return this.#outboxes().flatMap(({ aside }) =>
      aside.map(({ row }) => this.#valueOf(Buffer.from(row.value, 'base64'))),
    );
  }

  /** Messages that wait on the disks of machines. */
  get spooled(): number {
    return this.#outboxes().reduce((sum, { rows }) => sum + rows.size, 0);
  }

  #outboxes(): OutboxPlace[] {
    return [...this.#disks.values()].flatMap(({ places }) => places);
  }

  #valueOf(value: Uint8Array): string {
    return this.history.contents.of(Buffer.from(value).toString('base64'));
  }

  /** Messages that a stream which can be read holds, and that no handler has finished. */
  unhandled(atMost = Infinity): string[] {
    if (this.schedule.consumers.length === 0) return [];
    const { consumption, contents } = this.history;
    const found: string[] = [];
    for (const role of ['primary', 'secondary'] as const) {
      for (const { id, partitions, lifecycleState } of this.region(role).state.streams.values()) {
        if (lifecycleState !== 'ACTIVE') continue;
        partitions.forEach((log, partition) => {
          for (const { offset, value } of log.read(0, Infinity)) {
            const content = contents.of(value);
            if (consumption.isHandled({ stream: id, partition, offset, content })) continue;
            found.push(`${role} partition ${partition} offset ${offset}`);
            if (found.length >= atMost) return;
          }
        });
      }
    }
    return found;
  }

  /** Refused by the service when there is one of this name. */
  #makeStream(role: Role, now: number): void {
    const { state, random, spread } = this.#regions[role];
    const partitions = this.schedule.partitions[role];
    const body = { name: STREAMS[role], partitions, compartmentId: COMPARTMENT, retentionInHours: 168 };
    const context = { region: state, now, random, placementRandom: spread };
    perform(context, findRoute('POST', '/20180418/streams'), { query: {}, body, headers: {} });
  }

  #plan(fault: Fault): void {
    const { scheduler, startedAt, history } = this;
    const from = startedAt + fault.at;
    scheduler.at(from, () => {
      history.say(scheduler.now, `--- ${inWords(fault)}`);
      this.#begin(fault);
    });
    if (!('forMs' in fault)) return;
    scheduler.at(from + fault.forMs, () => {
      history.say(scheduler.now, `--- ends: ${inWords(fault)}`);
      this.#end(fault);
    });
  }

  #program(index: number): ProducerProgram | ConsumerProgram | undefined {
    return this.producers[index] ?? this.consumers[index - this.producers.length];
  }

  #begin(fault: Fault): void {
    const { network, scheduler } = this;
    switch (fault.type) {
      case 'calls':
      case 'entries':
        return network.begins(fault);
      case 'kill':
        return this.#program(fault.process)?.kill(fault.forMs);
      case 'stop':
        return this.#program(fault.process)?.stop(fault.forMs);
      case 'crash-at-write':
        this.#crashes.set(fault.process, {
          fault,
          atWrite: (this.outboxWrites[fault.process] ?? 0) + fault.write,
        });
        return;
      case 'power-loss':
        return this.#losePower(fault);
      case 'pause': {
        const process = this.#program(fault.process)?.process;
        if (process !== undefined) process.pausedUntil = scheduler.now + fault.forMs;
        return;
      }
      case 'wall-clock': {
        const process = this.#program(fault.process)?.process;
        if (process !== undefined) process.wallOffMs += fault.byMs;
        return;
      }
      case 'disk':
        return this.disk(fault.machine).setTrouble(fault.code, scheduler.now);
      case 'handler': {
        const program = this.#program(fault.process);
        if (program instanceof ConsumerProgram) program.handler = fault.how;
        return;
      }
      case 'create-secondary':
        return this.#makeStream('secondary', this.wall);
      case 'delete-secondary':
        return this.#deleteSecondary();
      case 'reset-groups':
        return this.#resetGroups(fault.region);
      case 'retention':
        return this.#removeOldest(fault.region, fault.share);
      case 'record':
        return this.#writeRecord(fault.machine, fault.active);
      case 'burst': {
        const program = this.#program(fault.process);
        if (program instanceof ProducerProgram) program.burst(fault.messages);
        return;
      }
      case 'creating':
        network.creationEnds = fault.ends;
    }
  }

  #end(fault: Fault): void {
    switch (fault.type) {
      case 'calls':
      case 'entries':
        return this.network.ends(fault);
      case 'disk':
        return this.disk(fault.machine).setTrouble(undefined, this.scheduler.now);
      case 'handler': {
        const program = this.#program(fault.process);
        if (program instanceof ConsumerProgram) program.handler = undefined;
        return;
      }
      case 'creating':
        this.network.creationEnds = undefined;
        return this.#endStuck();
      case 'kill':
      case 'stop':
      case 'crash-at-write':
      case 'power-loss':
      case 'pause':
      case 'wall-clock':
      case 'create-secondary':
      case 'delete-secondary':
      case 'reset-groups':
      case 'retention':
      case 'record':
      case 'burst':
    }
  }

  #losePower({ machine, forMs }: Extract<Fault, { type: 'power-loss' }>): void {
    for (const program of [...this.producers, ...this.consumers]) {
      if (program.machine === machine) program.kill(forMs);
    }
    this.disk(machine).losePower();
    this.recordTouched(machine);
  }

  /** The service gives up on a stream that was stuck in CREATING. */
  #endStuck(): void {
    for (const stream of this.region('secondary').state.streams.values()) {
      if (stream.lifecycleState === 'CREATING') stream.lifecycleState = 'ACTIVE';
    }
  }

  #deleteSecondary(): void {
    const { state, random, spread } = this.region('secondary');
    for (const { id, lifecycleState } of state.streams.values()) {
      if (lifecycleState !== 'ACTIVE') continue;
      const context = { region: state, now: this.wall, random, placementRandom: spread };
      const call = { query: {}, body: undefined, headers: {} };
      perform(context, findRoute('DELETE', `/20180418/streams/${id}`), call);
    }
  }

  #resetGroups(role: Role): void {
    for (const { id, groups, partitions } of this.region(role).state.streams.values()) {
      if (groups.size === 0) continue;
      for (const group of groups.values()) group.reset(partitions, { type: 'TRIM_HORIZON' });
      this.history.consumption.groupsReset(id);
    }
  }

  #removeOldest(role: Role, share: number): void {
    const { history } = this;
    for (const { id, groups, partitions, lifecycleState } of this.region(role).state.streams.values()) {
      if (lifecycleState !== 'ACTIVE') continue;
      const [group] = groups.values();
      const places = group?.reservations() ?? [];
      partitions.forEach((log, partition) => {
        const count = Math.floor(log.count * share);
        const committed = places[partition]?.committedOffset;
        // In a partition that is empty afterwards nothing shows that there was more.
        const isEmptied = count === log.count;
        for (const { value, offset } of log.read(0, count)) {
          const content = history.contents.of(value);
          history.removedValues.add(content);
          if (
            committed === undefined ||
            isEmptied ||
            offset <= committed ||
            history.consumption.isHandled({ stream: id, partition, offset, content })
          )
            continue;
          history.removed.push({ region: REGIONS[role], partition: `${partition}`, offset });
        }
        log.drop(count);
      });
    }
  }

  /** As a person with an editor, or the Java program. Without a secondary there is nothing to write. */
  #writeRecord(machine: number, active: Role): void {
    const stream = [...this.region('secondary').state.streams.values()].find(
      ({ lifecycleState }) => lifecycleState === 'ACTIVE',
    );
    if (stream === undefined) return;
    const disk = this.disk(machine);
    const file = disk.make('stream.properties', 0o644, this.wall);
    const lines = [
      `SECONDARY_STREAM_OCID=${stream.id}`,
      `SECONDARY_STREAM_ENDPOINT=${ENDPOINTS['sa-vinhedo-1'].replace(':', '\\:')}`,
      `ACTIVE_REGION=${REGIONS[active]}`,
      `ACTIVE_SINCE=${new Date(this.wall).toISOString().replaceAll(':', '\\:')}`,
    ];
    file.bytes = Buffer.from(`${lines.join('\n')}\n`);
    disk.tell('stream.properties');
  }
}

/** A fault in a line. */
function inWords(fault: Fault): string {
  const { type, at: _, ...rest } = fault;
  return `${type} ${Object.entries(rest)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ')}`;
}
