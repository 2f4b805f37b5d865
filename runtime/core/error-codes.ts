/** Every code that an error of this project can carry, and what it means. docs/events.md is checked against this table. */
export const errorMeanings = Object.freeze({
  CONFIG: 'The configuration or a setting is wrong; nothing was sent. Exit code 2 on the command line.',
  BAD_MESSAGE: 'A message cannot be sent as it is (size, type); its neighbours are unaffected.',
  REJECTED: 'The service refused this message or request (400, 413, …).',
  AUTH: 'The service did not accept the credentials (401, 403).',
  NOT_AUTHORIZED_OR_NOT_FOUND: 'The stream is absent, or this user may not use it (404).',
  PROTOCOL: 'An answer breaks the protocol.',
  CALL_FAILED: 'A call failed; `failure` says how.',
  DELIVERY_TIMEOUT: 'The message was not stored within `deliveryTimeoutMs`.',
  BUFFER_FULL: 'There was no room within `maxBlockMs`.',
  CLOSED: 'The producer, manager or consumer is closed.',
  ABORTED: "The caller's signal aborted; the sentence says whether the message may be stored.",
  PROVISION: 'The secondary stream could not be found or created.',
  RECORD: 'stream.properties or the environment could not be read or written.',
  OUTBOX: 'The outbox on disk cannot be used: no such directory, no permission, held by another process, …',
  OUTBOX_FULL:
    'The outbox is full (`maxOutboxBytes`, or the disk), and there was no room within `maxBlockMs`.',
  TOO_OLD: 'The message was older than `maxMessageAgeMs` when it would have been sent.',
  HANDLER: "A consumer's handler failed too often.",
} as const);

export type HaErrorCode = keyof typeof errorMeanings;

/** Every code that an error of this project can carry. */
export const errorCodes = Object.freeze(Object.keys(errorMeanings)) as readonly HaErrorCode[];
