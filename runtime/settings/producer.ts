import type { ConnectOptions } from './connection.ts';
import { MAX_REQUEST_BYTES } from '../core/index.ts';
import { count, duration, oneOf, size, text, yesNo, type RowsOf } from './row.ts';
import type { RetryAndTimeoutOptions } from './retries-and-timeouts.ts';

/** Options of `openProducer` and `openManager`. What is not given comes from the environment, then from the defaults. */
export interface ProducerOptions extends ConnectOptions, RetryAndTimeoutOptions {
  /**
   * After a switch, run pulumi in the background to update the outputs of the stack here, and nothing else
   * of it.
   *
   * true or false; default false; on the command line true.
   */
  readonly stackRefresh?: boolean | undefined;
  /**
   * Where SECONDARY_STREAM_* go after a failover: this process, or the user's persistent environment too;
   * auto: the latter on Windows.
   *
   * auto | process | persistent; default auto; environment variable OCI_STREAMING_EXPORT_ENV.
   */
  readonly exportEnvironment?: 'auto' | 'process' | 'persistent' | undefined;
  /**
   * A message that is not stored by then rejects, or waits on in the outbox if there is one; time in which no
   * region takes messages does not count.
   *
   * 100..86400000 ms; default 120000.
   */
  readonly deliveryTimeoutMs?: number | undefined;
  /**
   * Fail over when a region answers nothing but 429; otherwise its calls are only paced.
   *
   * true or false; default true.
   */
  readonly failoverOnThrottle?: boolean | undefined;
  /**
   * Return to the primary when it is available again.
   *
   * true or false; default true.
   */
  readonly failback?: boolean | undefined;
  /**
   * How long the primary must have answered before a failback.
   *
   * 0..86400000 ms; default 60000.
   */
  readonly failbackAfterMs?: number | undefined;
  /**
   * Shortest time between two failbacks.
   *
   * 0..86400000 ms; default 3600000.
   */
  readonly failbackMinIntervalMs?: number | undefined;
  /**
   * First interval between probes of a region that messages were moved away from; it grows to 30 s.
   *
   * 50..30000 ms; default 5000.
   */
  readonly probeIntervalMs?: number | undefined;
  /**
   * Batches that are sent at once; all messages of a key use one lane.
   *
   * 1..256; default 8.
   */
  readonly lanes?: number | undefined;
  /**
   * Most messages in a request.
   *
   * 1..100000; default 1000.
   */
  readonly maxBatchMessages?: number | undefined;
  /**
   * Most bytes of keys and values in a request; the service takes 1 MiB.
   *
   * 1..1048576 bytes; default 1048576.
   */
  readonly maxBatchBytes?: number | undefined;
  /**
   * Yes: no request holds two messages of one key, so a later one is never stored before a refused one, at
   * the price of smaller batches; auto: only while a region refuses single entries, not while a partition
   * is throttled.
   *
   * auto | yes | no; default auto.
   */
  readonly strictOrder?: 'auto' | 'yes' | 'no' | undefined;
  /**
   * Most bytes of messages that are accepted and not yet stored, 1 KiB added for each; beyond it `send`
   * waits.
   *
   * 1024..17179869184 bytes; default 67108864.
   */
  readonly maxBufferBytes?: number | undefined;
  /**
   * How long `send` waits for room before it rejects.
   *
   * 0..86400000 ms; default 60000.
   */
  readonly maxBlockMs?: number | undefined;
  /**
   * Messages on disk: outage: what no region takes, what memory has no room for, and at `close` what is not
   * stored; always: every message before it is sent.
   *
   * off | outage | always; default off; on the command line outage.
   */
  readonly outbox?: 'off' | 'outage' | 'always' | undefined;
  /**
   * Directory of the outbox, for one process; when unset, the name of the record with .outbox behind it, where
   * each process has a place of its own.
   *
   * a path; no default.
   */
  readonly outboxDirectory?: string | undefined;
  /**
   * Most bytes of messages in the outbox, 64 added for each; beyond it `send` waits.
   *
   * 1048576..17592186044416 bytes; default 1073741824.
   */
  readonly maxOutboxBytes?: number | undefined;
  /**
   * When `send` resolves: region: a region has stored the message; disk: it is on disk, which needs an `outbox`
   * of always.
   *
   * region | disk; default region.
   */
  readonly acknowledge?: 'region' | 'disk' | undefined;
  /**
   * A message that is older when it would be sent rejects instead; one of the outbox goes to a file of failed
   * messages; 0: it is sent at any age.
   *
   * 0..31536000000 ms; default 0.
   */
  readonly maxMessageAgeMs?: number | undefined;
}

export const producerSettings = {
  stackRefresh: yesNo({
    section: 'where',
    about:
      'after a switch, run pulumi in the background to update the outputs of the stack here, and nothing else of it',
    default: false,
    commandLineDefault: true,
  }),
  exportEnvironment: oneOf({
    section: 'where',
    env: 'OCI_STREAMING_EXPORT_ENV',
    about:
      "where SECONDARY_STREAM_* go after a failover: this process, or the user's persistent environment too; auto: the latter on Windows",
    values: ['auto', 'process', 'persistent'],
    default: 'auto',
  }),
  deliveryTimeoutMs: duration({
    section: 'retrying',
    about:
      'a message that is not stored by then rejects, or waits on in the outbox if there is one; time in which no region takes messages does not count',
    min: 100,
    max: 86_400_000,
    default: 120_000,
  }),
  failoverOnThrottle: yesNo({
    section: 'switching',
    about: 'fail over when a region answers nothing but 429; otherwise its calls are only paced',
    default: true,
  }),
  failback: yesNo({
    section: 'switching',
    about: 'return to the primary when it is available again',
    default: true,
  }),
  failbackAfterMs: duration({
    section: 'switching',
    about: 'how long the primary must have answered before a failback',
    min: 0,
    max: 86_400_000,
    default: 60_000,
  }),
  failbackMinIntervalMs: duration({
    section: 'switching',
    about: 'shortest time between two failbacks',
    min: 0,
    max: 86_400_000,
    default: 3_600_000,
  }),
  probeIntervalMs: duration({
    section: 'switching',
    about: 'first interval between probes of a region that messages were moved away from; it grows to 30 s',
    min: 50,
    max: 30_000,
    default: 5_000,
  }),
  lanes: count({
    section: 'sending',
    about: 'batches that are sent at once; all messages of a key use one lane',
    min: 1,
    max: 256,
    default: 8,
  }),
  maxBatchMessages: count({
    section: 'sending',
    about: 'most messages in a request',
    min: 1,
    max: 100_000,
    default: 1_000,
  }),
  maxBatchBytes: size({
    section: 'sending',
    about: 'most bytes of keys and values in a request; the service takes 1 MiB',
    min: 1,
    max: MAX_REQUEST_BYTES,
    default: MAX_REQUEST_BYTES,
  }),
  strictOrder: oneOf({
    section: 'sending',
    about:
      'yes: no request holds two messages of one key, so a later one is never stored before a refused one, at the price of smaller batches; auto: only while a region refuses single entries, not while a partition is throttled',
    values: ['auto', 'yes', 'no'],
    default: 'auto',
  }),
  maxBufferBytes: size({
    section: 'sending',
    about:
      'most bytes of messages that are accepted and not yet stored, 1 KiB added for each; beyond it `send` waits',
    min: 1024,
    max: 16 * 1024 ** 3,
    default: 64 * 1024 ** 2,
  }),
  maxBlockMs: duration({
    section: 'sending',
    about: 'how long `send` waits for room before it rejects',
    min: 0,
    max: 86_400_000,
    default: 60_000,
  }),
  outbox: oneOf({
    section: 'outbox',
    about:
      'messages on disk: outage: what no region takes, what memory has no room for, and at `close` what is not stored; always: every message before it is sent',
    values: ['off', 'outage', 'always'],
    default: 'off',
    commandLineDefault: 'outage',
  }),
  outboxDirectory: text({
    section: 'outbox',
    about:
      'directory of the outbox, for one process; when unset, the name of the record with .outbox behind it, where each process has a place of its own',
    pattern: /./,
    range: 'a path',
    placeholder: 'directory',
  }),
  maxOutboxBytes: size({
    section: 'outbox',
    about: 'most bytes of messages in the outbox, 64 added for each; beyond it `send` waits',
    // A message of the largest size must fit.
    min: MAX_REQUEST_BYTES,
    max: 16 * 1024 ** 4,
    default: 1024 ** 3,
  }),
  acknowledge: oneOf({
    section: 'outbox',
    about:
      'when `send` resolves: region: a region has stored the message; disk: it is on disk, which needs an `outbox` of always',
    values: ['region', 'disk'],
    default: 'region',
  }),
  maxMessageAgeMs: duration({
    section: 'sending',
    about:
      'a message that is older when it would be sent rejects instead; one of the outbox goes to a file of failed messages; 0: it is sent at any age',
    min: 0,
    max: 365 * 86_400_000,
    default: 0,
  }),
} satisfies RowsOf<Omit<ProducerOptions, keyof (ConnectOptions & RetryAndTimeoutOptions)>>;
