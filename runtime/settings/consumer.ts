import type { ConnectOptions } from './connection.ts';
import { count, duration, NAME, text, type RowsOf } from './row.ts';
import type { RetryAndTimeoutOptions } from './retries-and-timeouts.ts';

/** Options of `openConsumer`. What is not given comes from the environment, then from the defaults. */
export interface ConsumerOptions extends ConnectOptions, RetryAndTimeoutOptions {
  /**
   * Consumer group.
   *
   * 1..255 of A-Z a-z 0-9 _ . -; default oci-streaming-ha; environment variable OCI_STREAMING_GROUP.
   */
  readonly group?: string | undefined;
  /**
   * Where a group that does not exist yet begins.
   *
   * earliest | latest | an RFC 3339 time; default earliest.
   */
  readonly from?: string | undefined;
  /**
   * Most messages in one read.
   *
   * 1..10000; default 10000.
   */
  readonly readLimit?: number | undefined;
  /**
   * Longest pause between reads of the active region when it is empty.
   *
   * 10..60000 ms; default 1000.
   */
  readonly idlePollMs?: number | undefined;
  /**
   * Pause between reads of the other region when it is empty.
   *
   * 100..25000 ms; default 8000.
   */
  readonly standbyPollMs?: number | undefined;
  /**
   * A member that makes no call for this long loses its partitions.
   *
   * 1000..300000 ms; default 30000.
   */
  readonly groupTimeoutMs?: number | undefined;
  /**
   * Calls of the handler for one message before it is given up.
   *
   * 1..1000; default 5.
   */
  readonly maxHandlerAttempts?: number | undefined;
  /**
   * Directory in which the ids of handled messages are kept for the next start; only with envelopes, and for
   * one consumer.
   *
   * a path; no default; environment variable OCI_STREAMING_DEDUPE_DIRECTORY.
   */
  readonly dedupeDirectory?: string | undefined;
  /**
   * Name of a stream for messages that the handler fails with; it must exist, in the primary's compartment,
   * in one region or in both.
   *
   * 1..255 of A-Z a-z 0-9 _ . -; no default.
   */
  readonly deadLetters?: string | undefined;
  /**
   * Name of a stream of dead letters: it is read in place of the two streams, and the messages are handed
   * out again as they were.
   *
   * 1..255 of A-Z a-z 0-9 _ . -; no default.
   */
  readonly fromDeadLetters?: string | undefined;
}

export const consumerSettings = {
  group: text({
    section: 'reading',
    env: 'OCI_STREAMING_GROUP',
    about: 'consumer group',
    pattern: NAME,
    range: '1..255 of A-Z a-z 0-9 _ . -',
    placeholder: 'name',
    default: 'oci-streaming-ha',
  }),
  from: text({
    section: 'reading',
    about: 'where a group that does not exist yet begins',
    pattern: /^(earliest|latest|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d))$/,
    range: 'earliest | latest | an RFC 3339 time',
    placeholder: 'position',
    default: 'earliest',
  }),
  readLimit: count({
    section: 'reading',
    about: 'most messages in one read',
    min: 1,
    max: 10_000,
    default: 10_000,
  }),
  idlePollMs: duration({
    section: 'reading',
    about: 'longest pause between reads of the active region when it is empty',
    min: 10,
    max: 60_000,
    default: 1_000,
  }),
  standbyPollMs: duration({
    section: 'reading',
    about: 'pause between reads of the other region when it is empty',
    min: 100,
    max: 25_000,
    default: 8_000,
  }),
  groupTimeoutMs: duration({
    section: 'reading',
    about: 'a member that makes no call for this long loses its partitions',
    min: 1_000,
    max: 300_000,
    default: 30_000,
  }),
  maxHandlerAttempts: count({
    section: 'reading',
    about: 'calls of the handler for one message before it is given up',
    min: 1,
    max: 1_000,
    default: 5,
  }),
  dedupeDirectory: text({
    section: 'messages',
    env: 'OCI_STREAMING_DEDUPE_DIRECTORY',
    about:
      'directory in which the ids of handled messages are kept for the next start; only with envelopes, and for one consumer',
    pattern: /./,
    range: 'a path',
    placeholder: 'directory',
  }),
  deadLetters: text({
    section: 'reading',
    about:
      "name of a stream for messages that the handler fails with; it must exist, in the primary's compartment, in one region or in both",
    pattern: NAME,
    range: '1..255 of A-Z a-z 0-9 _ . -',
    placeholder: 'name',
  }),
  fromDeadLetters: text({
    section: 'reading',
    about:
      'name of a stream of dead letters: it is read in place of the two streams, and the messages are handed out again as they were',
    pattern: NAME,
    range: '1..255 of A-Z a-z 0-9 _ . -',
    placeholder: 'name',
  }),
} satisfies RowsOf<Omit<ConsumerOptions, keyof (ConnectOptions & RetryAndTimeoutOptions)>>;
