/** Why the result of a mutant cannot be told from that of the code. */
const SPEED = 'The result is the same; it only costs more';
const UNMATCHED = 'In place of nothing, a text that matches nothing either';
const RARE = 'Two hashes of 128 bits that are equal in 96 of them';
const INSTANT = 'Differs only in the very millisecond in which a time ends';
const CODE_UNITS = 'Behind the end `charCodeAt` gives NaN, of which the bits are 0';
const GENERAL = 'The reader of any JSON gives the same, and takes longer';
const ROOM = 'A buffer that is larger, or a little smaller, holds it too';
const ANOTHER = 'Chooses another one of several that are equal';
const CHANGED = 'Only whether it has changed counts';
const MULTIPLES = 'Counts down, and meets the same multiples';
const NEVER = 'The values that would tell never come here';

interface Reason {
  readonly file: string;
  /** A part of the line. */
  readonly code: string;
  /** Only for these replacements. */
  readonly to?: readonly string[];
  readonly reason: string;
}

export const REASONS: readonly Reason[] = [
  { file: 'runtime/core/cloud-event.ts', code: 'value[0] === OPEN && value.includes(type)', reason: SPEED },
  { file: 'runtime/core/stream-address.ts', code: 'STREAM_OCID.exec(ocid) ?? []', reason: UNMATCHED },
  { file: 'runtime/core/stream-address.ts', code: "exec(ocid ?? '')", reason: UNMATCHED },
  { file: 'runtime/core/backoff.ts', code: "exec(failure.message ?? '')", reason: UNMATCHED },
  { file: 'runtime/router/put-with-retries.ts', code: 'if (refused > 0)', reason: SPEED },
  { file: 'runtime/router/put-with-retries.ts', code: 'length: SLOTS }', reason: UNMATCHED },
  { file: 'runtime/router/put-with-retries.ts', code: '[slot] !== ', reason: SPEED },
  { file: 'runtime/core/stream-choice.ts', code: 'a.ocid < b.ocid', to: ['a.ocid <= b.ocid'], reason: NEVER },
  { file: 'runtime/core/text-encoding.ts', code: "count > most ? '0' : '?'", to: ['""'], reason: UNMATCHED },
  {
    file: 'runtime/core/text-encoding.ts',
    code: 'at < bytes.length',
    to: ['at <= bytes.length'],
    reason: SPEED,
  },
  { file: 'runtime/core/recent-hashes.ts', code: 'ring[from] === words[at] &&', reason: RARE },
  { file: 'runtime/core/routing/on-primary.ts', code: "${problem ?? ''}", reason: NEVER },
  { file: 'runtime/core/routing/on-target.ts', code: "ocid: '' }", reason: NEVER },
  {
    file: 'runtime/router/router.ts',
    code: '.singleRefusals.until > ',
    to: ['this.#state.targets[role].singleRefusals.until >= this.#parts.clock.now()'],
    reason: INSTANT,
  },
  { file: 'runtime/core/cloud-event.ts', code: 'return BYTES.length + MARGIN', reason: ROOM },
  {
    file: 'runtime/core/cloud-event.ts',
    code: "const isText = form === 'ascii'",
    to: ['false'],
    reason: SPEED,
  },
  { file: 'runtime/core/cloud-event.ts', code: "if (isText && form !== 'escaped')", reason: SPEED },
  {
    file: 'runtime/core/cloud-event.ts',
    code: "if (form !== 'ascii' && !isUtf8(event))",
    to: ['true'],
    reason: SPEED,
  },
  {
    file: 'runtime/core/cloud-event.ts',
    code: "if (form !== 'escaped') return",
    to: ['false'],
    reason: GENERAL,
  },
  {
    file: 'runtime/core/cloud-event.ts',
    code: 'for (let at = from; at < to; at++)',
    to: ['at <= to'],
    reason: GENERAL,
  },
  {
    file: 'runtime/core/cloud-event.ts',
    code: 'if (byte < SPACE ||',
    to: ['true', 'byte <= SPACE'],
    reason: GENERAL,
  },
  { file: 'runtime/core/cloud-event.ts', code: 'return all < 0x80', to: ['false'], reason: SPEED },
  { file: 'runtime/core/envelope.ts', code: '#at = -1;', reason: NEVER },
  { file: 'runtime/core/envelope.ts', code: "#time = '';", reason: NEVER },
  { file: 'runtime/core/envelope.ts', code: 'const isNew =', reason: SPEED },
  { file: 'runtime/core/envelope.ts', code: 'if (isNew || digit === 0', to: ['true'], reason: SPEED },
  { file: 'runtime/core/envelope.ts', code: "more === '' ? 0", reason: SPEED },
  { file: 'runtime/core/envelope.ts', code: 'if (now !== this.#at) {', to: ['true'], reason: SPEED },
  {
    file: 'runtime/core/routing/targets.ts',
    code: 'health.evidence.sum >= WORTH_A_PROBE',
    to: ['health.evidence.sum > WORTH_A_PROBE'],
    reason: NEVER,
  },
  {
    file: 'runtime/core/envelope.ts',
    code: 'if (own !== undefined) return own;',
    to: ['false'],
    reason: GENERAL,
  },
  { file: 'runtime/core/envelope.ts', code: 'if (to - from !== this.#bytes.length', reason: SPEED },
  {
    file: 'runtime/core/envelope.ts',
    code: '(keyEnd > asciiEnd && !isUtf8(bytes))',
    to: ['true', 'keyEnd > asciiEnd || !isUtf8(bytes)', 'keyEnd >= asciiEnd'],
    reason: GENERAL,
  },
  {
    file: 'runtime/core/late-messages.ts',
    code: 'if (producer !== this.#producer)',
    to: ['true'],
    reason: SPEED,
  },
  { file: 'runtime/core/read-health.ts', code: 'elapsedMs >= MIN_SPAN_MS', reason: INSTANT },
  {
    file: 'runtime/core/read-health.ts',
    code: 'elapsedMs + backoff >= limits.retryWindowMs',
    reason: INSTANT,
  },
  { file: 'runtime/core/read-position.ts', code: 'if (partition !== last)', to: ['true'], reason: SPEED },
  { file: 'runtime/core/read-position.ts', code: 'if (known === undefined)', to: ['true'], reason: SPEED },
  { file: 'runtime/core/read-position.ts', code: 'first === -1 ? []', to: ['false'], reason: UNMATCHED },
  { file: 'runtime/core/recent-hashes.ts', code: 'if (text !== this.#text)', to: ['true'], reason: SPEED },
  { file: 'runtime/core/recent-hashes.ts', code: 'ring[from + ', reason: RARE },
  { file: 'runtime/core/recent-hashes.ts', code: 'text.charCodeAt(at) : 0', reason: CODE_UNITS },
  { file: 'runtime/core/recent-hashes.ts', code: 'low | (text.charCodeAt(at + 1)', reason: CODE_UNITS },
  {
    file: 'runtime/core/region-health.ts',
    code: 'sum > FORGOTTEN',
    to: ['sum >= FORGOTTEN'],
    reason: INSTANT,
  },
  { file: 'runtime/core/region-health.ts', code: 'if (idleMs <= 0)', to: ['idleMs < 0'], reason: SPEED },
  { file: 'runtime/core/batch.ts', code: 'results.length - 1', to: ['results.length + 1'], reason: SPEED },
  { file: 'runtime/core/failure-kind.ts', code: 'if (status >= 300', to: ['true'], reason: NEVER },
  { file: 'runtime/core/stream-address.ts', code: "named[region] ?? ''", reason: UNMATCHED },
  { file: 'runtime/core/routing/switching.ts', code: "problemOf(target, event) ?? ''", reason: NEVER },
  {
    file: 'runtime/core/region-health.ts',
    code: 'sum < FORGOTTEN',
    to: ['sum <= FORGOTTEN'],
    reason: INSTANT,
  },
  { file: 'runtime/core/envelope.ts', code: 'if (!holds(bytes, end, END))', to: ['false'], reason: GENERAL },
  { file: 'runtime/producer/flow-control.ts', code: 'if (this.#waiting.size > 0 ||', reason: SPEED },
  { file: 'runtime/producer/given-up.ts', code: 'if (message.isSettled) continue', reason: SPEED },
  {
    file: 'runtime/producer/lane.ts',
    code: '&& this.#limits.maxMessageAgeMs > 0)',
    to: ['true', 'this.#limits.maxMessageAgeMs >= 0'],
    reason: SPEED,
  },
  {
    file: 'runtime/producer/lane.ts',
    code: 'if (this.#shells * 2 > ',
    to: ['this.#shells * 2 >= this.#waiting.length'],
    reason: SPEED,
  },
  {
    file: 'runtime/producer/lane.ts',
    code: 'if (this.#shells > 0)',
    to: ['true', 'this.#shells >= 0'],
    reason: SPEED,
  },
  {
    file: 'runtime/producer/lane.ts',
    code: 'if (pauseMs > 0) await',
    to: ['true', 'pauseMs >= 0'],
    reason: SPEED,
  },
  { file: 'runtime/producer/lane.ts', code: 'if (!lease.ended.aborted)', to: ['true'], reason: INSTANT },
  { file: 'runtime/producer/lane.ts', code: 'const isHead = ', to: ['false', '+1'], reason: SPEED },
  { file: 'runtime/producer/lane.ts', code: 'if (isHead) ', to: ['false'], reason: SPEED },
  { file: 'runtime/producer/lane.ts', code: "?? { type: 'again', because", reason: NEVER },
  {
    file: 'runtime/producer/lane.ts',
    code: 'if (again.length > 0) {',
    to: ['true', 'again.length >= 0'],
    reason: SPEED,
  },
  {
    file: 'runtime/producer/lanes.ts',
    code: 'for (let step = 1; step < length && ',
    to: ['step <= length', 'true', 'shortest.messages >= 0'],
    reason: SPEED,
  },
  {
    file: 'runtime/producer/lanes.ts',
    code: 'if (lane.messages < ',
    to: ['lane.messages <= shortest.messages'],
    reason: ANOTHER,
  },
  { file: 'runtime/producer/producer.ts', code: 'keyless++ % ', to: ['keyless--'], reason: MULTIPLES },
  {
    file: 'runtime/producer/producer.ts',
    code: 'if (!message.isSettled) this.#join(',
    to: ['true'],
    reason: SPEED,
  },
  {
    file: 'runtime/router/router.ts',
    code: 'if (this.takesMessages !== tookMessages)',
    to: ['true'],
    reason: SPEED,
  },
  { file: 'runtime/router/router.ts', code: '&& this.#timer.at <= at) return', reason: SPEED },
  { file: 'runtime/router/router.ts', code: 'if (at === Infinity)', to: ['false'], reason: SPEED },
  { file: 'runtime/producer/spool.ts', code: 'if (lane.waiting === 0) continue', reason: SPEED },
  { file: 'runtime/producer/spool.ts', code: 'if (message.isSettled) continue', reason: SPEED },
  {
    file: 'runtime/producer/spool.ts',
    code: 'if (fromMemory.length > 0)',
    to: ['true', 'fromMemory.length >= 0'],
    reason: SPEED,
  },
  {
    file: 'runtime/producer/spool.ts',
    code: 'if (heldUpMs > 0) await',
    to: ['true', 'heldUpMs >= 0'],
    reason: SPEED,
  },
  { file: 'runtime/producer/spool.ts', code: 'if (this.#from?.rows !== rows)', to: ['true'], reason: SPEED },
  {
    file: 'runtime/producer/spool.ts',
    code: 'this.#returns++',
    to: ['this.#returns--'],
    reason: CHANGED,
  },
  {
    file: 'runtime/producer/spool.ts',
    code: 'if (now >= this.#heldUpUntil)',
    to: ['now > this.#heldUpUntil'],
    reason: INSTANT,
  },
  {
    file: 'runtime/consumer/group-reader.ts',
    code: 'this.#begun !== undefined || this.#givenUp !== givenUp',
    to: ['false'],
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/passing-reader.ts',
    code: 'if (waitMs > 0) await',
    to: ['true', 'waitMs >= 0'],
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/region-reader.ts',
    code: 'async step(mayReadOn: () => boolean = () => false)',
    reason: NEVER,
  },
  { file: 'runtime/consumer/region-reader.ts', code: '#overtaken = false;', to: ['true'], reason: NEVER },
  {
    file: 'runtime/consumer/region-reader.ts',
    code: 'async commitAndLeave({ commit } = { commit: true })',
    reason: NEVER,
  },
  {
    file: 'runtime/consumer/region-reader.ts',
    code: 'this.commitAt <= clock.now()',
    to: ['this.commitAt < clock.now()'],
    reason: INSTANT,
  },
  {
    file: 'runtime/consumer/region-reader.ts',
    code: 'const isTooSoon = this.nextReadAt >',
    to: ['this.nextReadAt >= this.#context.clock.now()'],
    reason: INSTANT,
  },
  {
    file: 'runtime/consumer/dual-reader.ts',
    code: "health.type === 'retrying' && health.attempts === 1",
    to: ['true'],
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/handled-ids.ts',
    code: 'at < hashes.byteLength',
    to: ['at <= hashes.byteLength'],
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/handled-ids.ts',
    code: 'at + HEAD_BYTES <= bytes.byteLength',
    to: ['at + HEAD_BYTES < bytes.byteLength'],
    reason: SPEED,
  },
  { file: 'runtime/consumer/create-consumer.ts', code: 'this.#loops.delete(left)', reason: SPEED },
  { file: 'runtime/consumer/create-consumer.ts', code: 'this.#running.delete(work)', reason: SPEED },
  {
    file: 'runtime/consumer/handle-batch.ts',
    code: 'if (handling !== true && !(await handling)) return;',
    to: ['true'],
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/batch-queue.ts',
    code: 'this.#opened.delete(this.#handled)',
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/batch-queue.ts',
    code: 'this.#takers.delete(wake)',
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/polling.ts',
    code: 'atFullPace = true;',
    reason: NEVER,
  },
  {
    file: 'runtime/consumer/polling.ts',
    code: '#inHandSince = -Infinity',
    reason: NEVER,
  },
  {
    file: 'runtime/consumer/polling.ts',
    code: 'const isQuick = this.#isQuick &&',
    to: ['this.#clock.now() - this.#inHandSince < QUICK_MS'],
    reason: INSTANT,
  },
  {
    file: 'runtime/consumer/polling.ts',
    code: 'this.#isQuick = now - this.#inHandSince',
    to: ['now - this.#inHandSince < QUICK_MS'],
    reason: INSTANT,
  },
  {
    file: 'runtime/consumer/polling.ts',
    code: 'if (this.#reader.hasBegun) return',
    to: ['false'],
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/polling.ts',
    code: 'if (next > this.#clock.now() &&',
    to: ['true'],
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/polling.ts',
    code: 'if (next > this.#clock.now() &&',
    to: ['next >= this.#clock.now()', 'this.#reader.commitAt < this.#clock.now()'],
    reason: INSTANT,
  },
  {
    file: 'runtime/consumer/polling.ts',
    code: 'if (ms > 0) await',
    to: ['true', 'ms >= 0'],
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/polling.ts',
    code: 'if (tooSoonMs > 0) await',
    to: ['true', 'tooSoonMs >= 0'],
    reason: SPEED,
  },
  {
    file: 'runtime/consumer/polling.ts',
    code: 'if (isOver ||',
    to: ['clock.now() + step.pauseMs - startedAt > settings.retryWindowMs'],
    reason: INSTANT,
  },
  { file: 'runtime/producer/message.ts', code: 'bytes === given.length ||', to: ['false'], reason: SPEED },
  { file: 'runtime/producer/message.ts', code: 'given.byteLength > 0 ||', to: ['false'], reason: SPEED },
  // Memory that threads share has no `detached`, and is not.
  { file: 'runtime/producer/message.ts', code: "'detached' in buffer", to: ['true'], reason: SPEED },
  { file: 'runtime/consumer/deduplicator.ts', code: 'if (ids.length > 0)', reason: SPEED },
  { file: 'runtime/consumer/group-reader.ts', code: 'this.#givenUp += 1', reason: CHANGED },
  // Nothing is read with that cursor.
  { file: 'runtime/consumer/group-reader.ts', code: '...this.#position(true)', reason: NEVER },
];
