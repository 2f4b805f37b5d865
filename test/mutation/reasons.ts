/** Why the result of a mutant cannot be told from that of the code. */
const SPEED = 'The result is the same; it only costs more';
const UNMATCHED = 'In place of nothing, a text that matches nothing either';
const RARE = 'Two hashes of 128 bits that are equal in 96 of them';
const INSTANT = 'Differs only in the very millisecond in which a time ends';
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
    code: '.refusingUntil > ',
    to: ['this.#state.targets[role].refusingUntil >= this.#parts.clock.now()'],
    reason: INSTANT,
  },
];
