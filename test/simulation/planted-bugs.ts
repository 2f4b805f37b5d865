import type { SourcePatch } from './hooks.ts';

/** A deliberate fault of the runtime, as a change of its source: the simulator must find each one. */
export interface PlantedBug {
  readonly name: string;
  readonly patches: readonly SourcePatch[];
}

function bug(name: string, file: string, from: string, to: string): PlantedBug {
  return { name, patches: [{ file: `runtime/${file}`, from, to }] };
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  bug(
    'a lane switches while it is full: the next batch is sent beside the one in flight',
    'producer/lane.ts',
    'await this.#sendNext(await this.#parts.router.acquire());',
    'const lease = await this.#parts.router.acquire();\n        await Promise.race([this.#sendNext(lease), this.#parts.clock.sleep(100)]);',
  ),
  bug(
    'the consumer commits before the handler has finished',
    'consumer/page.ts',
    'return batch?.isFinished ?? true;',
    'return batch !== null;',
  ),
  bug(
    'a CREATING stream is adopted',
    'core/stream-choice.ts',
    "s.state === 'ACTIVE' || s.state === 'UPDATING'",
    "s.state === 'ACTIVE' || s.state === 'UPDATING' || s.state === 'CREATING'",
  ),
  {
    name: 'a 404 fails over',
    patches: [
      {
        file: 'runtime/core/failure-kind.ts',
        from: "absent: { transient: false, evidence: 0, code: 'NOT_AUTHORIZED_OR_NOT_FOUND' }",
        to: "absent: { transient: true, evidence: 2, code: 'NOT_AUTHORIZED_OR_NOT_FOUND' }",
      },
      {
        file: 'runtime/core/next-step.ts',
        from: "if (kind === 'absent') return { type: 'verify-stream' };",
        to: '',
      },
    ],
  },
  bug(
    'a stale 404 is believed: of whatever epoch and stream',
    'core/routing/on-target.ts',
    'if (!isCurrent(state, event) || target.stream?.ocid !== event.ocid) return unchanged(state);',
    '',
  ),
  bug(
    'a 404 is believed without asking the control plane',
    'streams/verify-absence.ts',
    "if (state !== 'ACTIVE') return gone(`its state is ${state}`);",
    'return gone(`its state is ${state}`);',
  ),
  bug(
    'memory: only bytes are counted',
    'producer/flow-control.ts',
    'return bytes + OVERHEAD_BYTES;',
    'return bytes;',
  ),
  bug(
    'messages that their senders gave up are kept',
    'producer/lane.ts',
    'message.release();\n    this.#shells++;',
    '',
  ),
  bug(
    'a port that throws ends the message: the answer is not caught',
    'region.ts',
    'const { promise, resolve } = Promise.withResolvers<Answer<T>>();',
    'if (signal !== null) return call();\n  const { promise, resolve } = Promise.withResolvers<Answer<T>>();',
  ),
  {
    name: 'evidence never ages',
    patches: [
      {
        file: 'runtime/core/region-health.ts',
        from: 'if (idleMs <= 0) return evidence;',
        to: 'if (idleMs <= Infinity) return evidence;',
      },
      {
        file: 'runtime/core/region-health.ts',
        from: 'startedAt - before.lastAt <= FRESH_MS ? before : undefined;',
        to: 'startedAt - before.lastAt <= Infinity ? before : undefined;',
      },
    ],
  },
  bug(
    'a 401 of the standby is believed for good',
    'core/routing/switching.ts',
    'const pauseMs = Math.max(retryInMs, failures < CHECKS_OF_THE_OTHER ? FIRST_PAUSE_MS : PAUSE_MS);',
    "const pauseMs = problem.includes('401') ? 1e9 : Math.max(retryInMs, failures < CHECKS_OF_THE_OTHER ? FIRST_PAUSE_MS : PAUSE_MS);",
  ),
  bug(
    "one key's refused entries fail over",
    'core/routing/targets.ts',
    'return !event.everyEntryRefused || hasStoppedStoring(target.rhythm, event.at);',
    'return true;',
  ),
  bug(
    'after a lost reply it creates again without looking',
    'streams/provisioner.ts',
    'const { region, name, shape, emit } = this.#parts;\n    const wanted = await shape();',
    "const { region, name, shape, emit } = this.#parts;\n    const wanted = await shape();\n    if (this.#failures > 0 && !('problem' in wanted)) return this.#create(wanted, signal);",
  ),
  bug(
    'after a failed attempt what it finds is not adopted',
    'streams/provisioner.ts',
    "if (choice.type === 'create') {",
    "if (choice.type === 'create' || this.#failures > 0) {",
  ),
  bug(
    'the record is forgotten at a switch',
    'core/routing/transitions.ts',
    "effects: [...effects, { type: 'write-record', record: wanted }],",
    'effects,',
  ),
  bug(
    'what is sent again goes behind what came later',
    'producer/lane.ts',
    'this.#waiting = [...again, ...this.#waiting];',
    'this.#waiting = [...this.#waiting, ...again];',
  ),
  {
    name: 'it fails back on a trial of which every entry was refused',
    patches: [
      {
        file: 'runtime/router/put-with-retries.ts',
        from: 'const failure = answer.ok ? failureIn(answer.value, this.#messages.length) : answer.failure;',
        to: 'const failure = answer.ok ? (this.#lease.trial ? undefined : failureIn(answer.value, this.#messages.length)) : answer.failure;',
      },
      {
        file: 'runtime/core/routing/on-secondary.ts',
        from: "if (event.stored === 0) return trialFailed(state, event.at, 'every entry was refused');",
        to: '',
      },
    ],
  },
  {
    name: 'processes that share a record disagree for ever: changes of it are not followed',
    patches: [
      {
        file: 'runtime/core/routing/on-target.ts',
        from: "if (active !== roleOf(state)) return leave(learnt, { type: 'record' }, event.at);",
        to: '',
      },
      {
        file: 'runtime/core/routing/step.ts',
        from: 'return role !== undefined && state.recorded !== undefined && state.recorded.active !== role;',
        to: 'return false;',
      },
    ],
  },
  bug(
    'a record that could not be followed once is never followed',
    'core/routing/step.ts',
    'return role !== undefined && state.recorded !== undefined && state.recorded.active !== role;',
    'return false;',
  ),
  bug(
    'a heartbeat is lost: none is sent while a batch is in hand',
    'consumer/polling.ts',
    'const pauseMs = (await reader.heartbeat()) ?? this.#heartbeatMs();',
    'const pauseMs = this.#heartbeatMs();',
  ),
  {
    name: 'a pause of the process is taken for an outage: what is late by its own clock is silence',
    patches: [
      {
        file: 'runtime/router/put-with-retries.ts',
        from: 'const failure = answer.ok ? failureIn(answer.value, this.#messages.length) : answer.failure;',
        to: "const isLate = this.tookMs > this.#limitMs;\n    const failure = isLate ? ({ type: 'timeout', afterMs: this.tookMs } as const) : answer.ok ? failureIn(answer.value, this.#messages.length) : answer.failure;",
      },
      {
        file: 'runtime/core/failure-kind.ts',
        from: '? Math.max(UNANSWERED, evidence) : evidence;',
        to: '? (UNANSWERED * tookMs) / limitMs : evidence;',
      },
      { file: 'runtime/core/region-health.ts', from: 'MIN_SPAN_MS = 2_000', to: 'MIN_SPAN_MS = 0' },
    ],
  },
  bug(
    'no pacing: a suspect region is called at will',
    'core/routing/targets.ts',
    'return { target: { ...target, budget }, waitMs };',
    'return { target: { ...target, budget }, waitMs: 0 };',
  ),
  bug(
    'an entry that the answer does not name counts as stored',
    'router/delivery.ts',
    "return { type: 'again', because: 'the answer has no result for this message' };",
    "return { type: 'stored', partition: '0', offset: 0, timestamp: '' };",
  ),
  bug(
    'attempts used up alone fail over, whatever the verdict',
    'core/routing/on-target.ts',
    "if (health.type === 'healthy' || !isDown(health, event.at)) return unchanged(state);",
    "if (health.type === 'healthy') return unchanged(state);",
  ),
  bug(
    'seven errors are a verdict',
    'core/region-health.ts',
    'export const DOWN_AT = 19;',
    'export const DOWN_AT = 7;',
  ),
  bug(
    'a success takes nothing away from the evidence',
    'core/region-health.ts',
    'const SUCCESS = 2.6;',
    'const SUCCESS = 0;',
  ),
  bug(
    'the verdict needs far more evidence than an outage gives',
    'core/region-health.ts',
    'export const DOWN_AT = 19;',
    'export const DOWN_AT = 400;',
  ),
  bug(
    'those who wait for a region are not woken',
    'router/router.ts',
    'return resolve();\n      }',
    'return void resolve;\n      }',
  ),
  bug(
    'a failed look for the secondary is the last one',
    'core/routing/switching.ts',
    'asking: false,\n    failures,',
    'asking: failures > 1,\n    failures,',
  ),
  bug(
    'what is stored does not give its room back',
    'producer/lane.ts',
    'for (const pending of ended) pending.release();',
    '',
  ),
  bug(
    'closing forgets what waits',
    'producer/lane.ts',
    'this.#settleWaiting(error);\n  }',
    'this.#waiting = [];\n  }',
  ),
  bug(
    'the region that is not active is not read',
    'consumer/dual-reader.ts',
    "      this.#run('secondary', secondary, queue),\n",
    '',
  ),
  bug(
    'an expired cursor is used for ever',
    'consumer/region-reader.ts',
    "if (fault === 'cursor') this.#group?.forgetCursor();",
    '',
  ),
  bug(
    'on closing, what is not handled is committed too',
    'consumer/page.ts',
    'const unhandled = new Set(left.get(partition));',
    'const unhandled = new Set<number>();\n      void left;',
  ),
  bug(
    'messages of one key go to any lane',
    'producer/lanes.ts',
    'if (slot.messages === 0) slot.lane',
    'slot.lane',
  ),
  bug(
    'a lost connection counts as stored',
    'router/put-with-retries.ts',
    'const failure = answer.ok ? failureIn(answer.value, this.#messages.length) : answer.failure;',
    "if (!answer.ok && answer.failure.type === 'reset') {\n      return this.#messages.map(() => ({ type: 'stored', partition: '0', offset: 0, timestamp: '' }));\n    }\n    const failure = answer.ok ? failureIn(answer.value, this.#messages.length) : answer.failure;",
  ),
  bug(
    'the record is written where it stands, not beside it',
    'record/safe-file.ts',
    'const temporary = `${directory}/${prefix}${randomUUID()}.tmp`;',
    'void randomUUID;\n  const temporary = file;',
  ),
  bug(
    'the record is put in its place before it is synced',
    'record/safe-file.ts',
    'if (bits !== undefined) await handle.chmod(bits);\n    await handle.sync();',
    'if (bits !== undefined) await handle.chmod(bits);',
  ),
  bug(
    'the outbox acknowledges before it has synced',
    'outbox/write-queue.ts',
    'const answer = await this.#parts.store.append(messages);',
    "for (const each of messages) (each as any).onStored({ type: 'outbox', directory: '', sequence: each.sequence });\n      const answer = await this.#parts.store.append(messages);",
  ),
  {
    name: 'what comes in the turns in which a write of the outbox ends is left behind',
    patches: [
      {
        file: 'runtime/outbox/write-queue.ts',
        from: 'this.#writing ??= this.#writeAll();',
        to: 'this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));',
      },
      {
        file: 'runtime/outbox/write-queue.ts',
        from: '} finally {\n      this.#writing = undefined;\n    }',
        to: '} finally {}',
      },
    ],
  },
  bug(
    'the outbox deletes what it hands out before a region has it',
    'outbox/outbox.ts',
    "return this.#take(rows.map((row) => ({ type: 'row', row, rows: this.#rows })));",
    "for (const { sequence } of rows) this.#rows.stored(sequence);\n    return this.#take(rows.map((row) => ({ type: 'row', row, rows: this.#rows })));",
  ),
  bug(
    'the outbox is drained out of order',
    'outbox/outbox.ts',
    "return this.#take(rows.map((row) => ({ type: 'row', row, rows: this.#rows })));",
    "return this.#take(rows.toReversed().map((row) => ({ type: 'row', row, rows: this.#rows })));",
  ),
  bug(
    'new messages of a key overtake those in the outbox',
    'outbox/outbox.ts',
    'return key !== null && this.#keys.mayWait(hashOf(key));',
    'return key !== null && this.#keys.mayWait(hashOf(key)) && false;',
  ),
  bug(
    'what a predecessor left in the outbox is forgotten',
    'outbox/waiting-rows.ts',
    'this.#count = store.found.messages;',
    'this.#count = 0;',
  ),
  bug(
    'what a full disk does not take is dropped in silence',
    'outbox/write-queue.ts',
    "if (answer.type !== 'done') {",
    "if (answer.type === 'full') {\n        this.#queue.splice(0, count);\n        this.#bytes -= bytes;\n        continue;\n      }\n      if (answer.type !== 'done') {",
  ),
  bug(
    'refused entries are dropped: they count as stored',
    'router/delivery.ts',
    "return { type: 'again', because: `${result.status} ${result.error} ${result.message}`.trim() };",
    "return { type: 'stored', partition: '0', offset: 0, timestamp: '' };",
  ),
];
