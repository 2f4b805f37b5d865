import { NAME } from '../patterns.ts';
import { count, duration, text } from '../row.ts';

/** How messages are read. */
export const consuming = {
  group: text({
    flag: 'group',
    env: 'OCI_STREAMING_GROUP',
    about: 'consumer group',
    pattern: NAME,
    range: '1..255 of A-Z a-z 0-9 _ . -',
    placeholder: 'name',
    default: 'oci-streaming-ha',
  }),
  from: text({
    flag: 'from',
    about: 'where a group that does not exist yet begins',
    pattern: /^(earliest|latest|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d))$/,
    range: 'earliest | latest | an RFC 3339 time',
    placeholder: 'position',
    default: 'earliest',
  }),
  readLimit: count({
    flag: 'read-limit',
    about: 'messages asked for in one read',
    min: 1,
    max: 10_000,
    default: 10_000,
  }),
  idlePollMs: duration({
    flag: 'idle-poll',
    about: 'longest pause between reads of the active region when it is empty',
    min: 10,
    max: 60_000,
    default: 1_000,
  }),
  standbyPollMs: duration({
    flag: 'standby-poll',
    about: 'pause between reads of the other region when it is empty',
    min: 100,
    max: 25_000,
    default: 8_000,
  }),
  groupTimeoutMs: duration({
    flag: 'group-timeout',
    about: 'a member silent for this long loses its partitions',
    min: 1_000,
    max: 300_000,
    default: 30_000,
  }),
  maxHandlerAttempts: count({
    flag: 'max-handler-attempts',
    about: 'calls of the handler for one message before it is given up',
    min: 1,
    max: 1_000,
    default: 5,
  }),
};
