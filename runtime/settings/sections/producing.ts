import { MAX_REQUEST_BYTES } from '../../core/index.ts';
import { count, duration, oneOf, size } from '../row.ts';

/** How messages are taken and sent. */
export const producing = {
  lanes: count({
    flag: 'lanes',
    about: 'batches in flight at once; a key stays in its lane',
    min: 1,
    max: 256,
    default: 8,
  }),
  maxBatchMessages: count({
    flag: 'max-batch-messages',
    about: 'messages in a request',
    min: 1,
    max: 100_000,
    default: 1_000,
  }),
  maxBatchBytes: size({
    flag: 'max-batch-bytes',
    about: 'keys and values in a request; the service takes 1 MiB',
    min: 1,
    max: MAX_REQUEST_BYTES,
    default: MAX_REQUEST_BYTES,
  }),
  strictOrder: oneOf({
    flag: 'strict-order',
    about:
      'yes: no request holds two messages of one key, so a refused entry is never overtaken, at the price of smaller batches; auto: only while a region refuses entries',
    values: ['auto', 'yes', 'no'],
    default: 'auto',
  }),
  maxBufferBytes: size({
    flag: 'max-buffer-bytes',
    about: 'accepted and not yet stored, each message with 1 KiB on top; beyond it `send` waits',
    min: 1024,
    max: 16 * 1024 ** 3,
    default: 64 * 1024 ** 2,
  }),
  maxBlockMs: duration({
    flag: 'max-block',
    about: 'how long `send` waits for room before it rejects',
    min: 0,
    max: 86_400_000,
    default: 60_000,
  }),
  closeTimeoutMs: duration({
    flag: 'close-timeout',
    about: 'how long `close` drains before it rejects what is left',
    min: 0,
    max: 3_600_000,
    default: 10_000,
  }),
};
