/** Every code that an error of this project can carry. The comment says what the code means. */
export const errorCodes = Object.freeze([
  /** The configuration or a setting is wrong; nothing was sent. Exit code 2 on the command line. */
  'CONFIG',
  /** A message cannot be sent as it is (size, type); its neighbours are unaffected. */
  'BAD_MESSAGE',
  /** The service refused this message or request (400, 413, …). */
  'REJECTED',
  /** 401, 403: the credentials. */
  'AUTH',
  /** 404: the stream is absent, or this user may not use it. */
  'NOT_AUTHORIZED_OR_NOT_FOUND',
  /** An answer breaks the protocol. */
  'PROTOCOL',
  /** A call failed; `failure` says how. */
  'CALL_FAILED',
  /** The message was not stored within `deliveryTimeoutMs`. */
  'DELIVERY_TIMEOUT',
  /** There was no room within `maxBlockMs`. */
  'BUFFER_FULL',
  /** The handle is closed. */
  'CLOSED',
  /** The caller's signal aborted; the sentence says whether the message may be stored. */
  'ABORTED',
  /** The secondary stream could not be found or made. */
  'PROVISION',
  /** stream.properties or the environment could not be read or written. */
  'RECORD',
  /** The outbox on disk cannot be used: no such directory, no permission, held by another process, … */
  'OUTBOX',
  /** The outbox is full (`maxOutboxBytes`, or the disk), and there was no room within `maxBlockMs`. */
  'OUTBOX_FULL',
  /** A consumer's handler failed too often. */
  'HANDLER',
] as const);

export type HaErrorCode = (typeof errorCodes)[number];
